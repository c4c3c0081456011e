"""Which alarms a lake has: those of every lake, and those of the parts that its contracts and settings add."""

import math
from collections.abc import Mapping, Sequence

from aws_cdk.aws_cloudwatch import ComparisonOperator, TreatMissingData

from config.settings import QUEUE_MINUTES, Settings
from contracts.contract import Contract
from lake_constructs.aftercare_alarms import aftercare_alarms
from lake_constructs.alarm_catalogue import catalogue
from lake_constructs.alarms import Alarm
from lake_constructs.log_errors import FAULTS, LOAD_FAULTS, log_alarms
from lake_constructs.machines.refresh import MOST_RUNS
from lake_constructs.pull_alarms import PULL_FAILED, pull_alarms
from lake_constructs.run_alarms import RUN_METRICS, run_alarms, standing_alarms
from lake_constructs.stream_alarms import stream_alarms
from lake_constructs.warehouse_alarms import LOAD_CATALOGUE, usage_alarm
from stacks.names import MIGRATE, PULLS_SET_ASIDE, TRANSFORM, WAREHOUSE, Names
from warehouse.definitions import natives


def alarm_list(settings: Settings, contracts: Mapping[str, Contract], watched: Mapping[str, str]) -> tuple[list[Alarm], Sequence[Alarm]]:
    """Return all alarms, and those of them that the dashboard shows as failures.

    Args:
        watched: part of the lake -> what it is called.
    """
    names = Names(settings.name)
    inputs = {contract.name: contract.inputs for contract in contracts.values()}
    listed = list(catalogue(settings.name, watched, freshness_hours(contracts), inputs))
    listed += [*run_alarms(settings.name, **vars(settings.alarms)), *standing_alarms(settings.name, standing_hours(settings, contracts))]
    listed += [alarm.about(watched) for alarm in aftercare_alarms()]
    logged: dict[str, str | None] = dict(FAULTS)
    if any(contract.stream is not None for contract in contracts.values()):
        listed += stream_alarms(watched, settings.stream.silence_hours, settings.stream.backup)
        logged[TRANSFORM] = "delivery"
    if pulls := {contract.name: contract.pull.quiet_hours for contract in contracts.values() if contract.pull is not None}:
        listed += pull_alarms(names.of(PULLS_SET_ASIDE), {dataset: names.pull(dataset) for dataset in pulls}, pulls)
        logged |= {names.pull(dataset).removeprefix(names.of("")): "pulls" for dataset in pulls}
    if settings.warehouse.enabled:
        of_loads = (*LOAD_CATALOGUE, *aftercare_alarms("load-")) if natives(contracts.values()) else ()
        listed += [usage_alarm(watched[WAREHOUSE], settings.warehouse.daily_rpu_hours), *(alarm.about(watched) for alarm in of_loads)]
        logged |= {MIGRATE: None, **(LOAD_FAULTS if of_loads else {})}
    return [*listed, *log_alarms(settings.name, logged)], [alarm for alarm in listed if _of_lake(alarm) and zero_when_well(alarm)]


def zero_when_well(alarm: Alarm) -> bool:
    """Return whether the metric of an alarm is a count of what should not happen: one of it is an alarm, and nothing sent is well."""
    above = (ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD, ComparisonOperator.GREATER_THAN_THRESHOLD)
    return alarm.missing is TreatMissingData.NOT_BREACHING and alarm.comparison in above and alarm.threshold == 1


def _of_lake(alarm: Alarm) -> bool:
    """Return whether no other graph shows the metric: runs have one, and pulls, of which there may be more than a graph takes, one for each domain."""
    return alarm.namespace != RUN_METRICS and alarm.runbook != PULL_FAILED


def standing_hours(settings: Settings, contracts: Mapping[str, Contract]) -> int:
    """Return the hours after which a lease, or an object that waits, is odd: the longest cadence, and a refresh that fails at the last of its runs."""
    cadence = max((contract.cadence_seconds or 0 for contract in contracts.values()), default=0)
    runs = MOST_RUNS * 60 * (settings.processing.timeout_minutes + QUEUE_MINUTES)
    return math.ceil((cadence + runs) / 3600)


def freshness_hours(contracts: Mapping[str, Contract]) -> dict[str, int]:
    """Return the greatest age that each dataset with a promise may reach."""
    return {contract.name: contract.freshness_hours for contract in contracts.values() if contract.freshness_hours is not None}
