"""What the dashboards show: one of the lake, and one for each domain of its contracts."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from contracts.contract import Contract
from lake_constructs.alarms import Alarm
from lake_constructs.dashboard import LakeDashboard
from lake_constructs.domain_dashboard import DomainDashboard, Shown
from stacks.alarm_list import freshness_hours
from stacks.names import REFRESH, Names


def add_dashboards(
    scope: Construct,
    names: Names,
    contracts: Mapping[str, Contract],
    *,
    watched: Mapping[str, str],
    alarms: Mapping[str, cloudwatch.IAlarm],
    failures: Sequence[Alarm],
    logged: Sequence[str],
) -> list[str]:
    """Define the dashboards, and return their names.

    Args:
        watched: part of the lake -> what it is called.
        alarms: all, by their names behind that of the lake.
        failures: the alarms whose metrics are zero or absent while all is well.
        logged: the metrics of error lines.
    """
    domains = sorted({contract.domain for contract in contracts.values()})
    LakeDashboard(
        scope,
        "Overview",
        lake=names.lake,
        alarms=list(alarms.values()),
        refresh_arn=watched[REFRESH],
        failures=[alarm.of_metric() for alarm in failures],
        logged=logged,
        freshness_hours=freshness_hours(contracts),
    )
    for domain in domains:
        shown = [_shown(contract, names, alarms) for contract in contracts.values() if contract.domain == domain]
        DomainDashboard(scope, f"Domain-{domain}", lake=names.lake, domain=domain, datasets=shown)
    return [names.lake, *(names.of(domain) for domain in domains)]


def _shown(contract: Contract, names: Names, alarms: Mapping[str, cloudwatch.IAlarm]) -> Shown:
    return Shown(
        name=contract.name,
        owner=contract.owner,
        made_of=", ".join(_made_of(contract)),
        freshness_hours=contract.freshness_hours,
        pull=names.pull(contract.name) if contract.pull is not None else None,
        alarms=[alarm for alarm in alarms if alarm in _of_dataset(contract.name)],
    )


def _made_of(contract: Contract) -> Iterator[str]:
    if contract.pull is not None:
        yield "an API"
    elif contract.source is not None:
        yield "files"
    if contract.stream is not None:
        yield "records"
    yield from contract.inputs


def _of_dataset(dataset: str) -> set[str]:
    return {f"{kind}-{dataset}" for kind in ("age", "pull-failed", "nothing-pulled", "log-errors-pull")}
