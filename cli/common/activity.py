"""What a lake is doing, from its ledger, its raw bucket and its refresh machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.common import outputs
from cli.common.ledger import Item, Ledger
from cli.common.session import Lake
from contracts.contract import Contract

ON_ITS_WAY = timedelta(minutes=5)  # an event that was not delivered by then is lost, or nobody asked for it


@dataclass(frozen=True)
class Dataset:
    """What the ledger says of one dataset.

    Attributes:
        run: the record of its last refresh; empty before the first.
        arrived: when each object came that no refresh accounted for, if that was a short time ago.
    """

    name: str
    inputs: tuple[str, ...] = ()
    lease: Item = field(default_factory=dict)
    publication: Item = field(default_factory=dict)
    run: Item = field(default_factory=dict)
    arrived: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Activity:
    """What is going on.

    Attributes:
        busy: dataset -> what is still to happen or happening.
        stuck: dataset -> why a refresh that was requested does not run.
        failed: dataset -> why its last refresh failed.
    """

    busy: dict[str, str]
    stuck: dict[str, str]
    failed: dict[str, str]


def look(lake: Lake, contracts: Mapping[str, Contract]) -> Activity:
    """Return what the lake is doing now."""
    ledger = Ledger.of(lake)
    raw = outputs.value(lake, outputs.STORAGE, "RawBucket")
    machine = outputs.value(lake, outputs.ORCHESTRATION, "RefreshMachineArn")
    pages = lake.stepfunctions.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
    running = {execution["executionArn"] for page in pages for execution in page["executions"]}
    found = [
        Dataset(
            name=contract.name,
            inputs=contract.inputs,
            lease=ledger.lease(contract.name),
            publication=ledger.publication(contract.name),
            run=next(iter(ledger.runs(contract.name, most=1)), {}),
            arrived=tuple(at for key, version, at in recent(lake, raw, contract) if ledger.waits(contract.name, key, version)),
        )
        for contract in contracts.values()
    ]
    return judge({dataset.name: dataset for dataset in found}, running, datetime.now(UTC))


def recent(lake: Lake, raw: str, contract: Contract) -> Iterator[tuple[str, str, datetime]]:
    """Yield key, version and arrival of the dataset's objects so young that their event may be on its way."""
    now = datetime.now(UTC)
    days = {f"{now:%Y-%m-%d}", f"{now - ON_ITS_WAY:%Y-%m-%d}"}
    for prefix in [f"{source.location}ingest_date={day}/" for source in contract.sources for day in days]:
        pages = lake.s3.get_paginator("list_object_versions").paginate(Bucket=raw, Prefix=prefix)
        for page in pages:
            for version in page.get("Versions", []):
                if now - version["LastModified"] < ON_ITS_WAY:
                    yield version["Key"], version["VersionId"], version["LastModified"]


def judge(datasets: Mapping[str, Dataset], running: set[str], now: datetime) -> Activity:
    """Return what is going on.

    Args:
        running: ARNs of the executions of the refresh machine that run.
    """
    activity = Activity({}, {}, {})
    for name, dataset in datasets.items():
        owner = dataset.lease.get("owner")
        requested = dataset.lease.get("requested", 0) > dataset.lease.get("served", 0)
        if owner in running:
            activity.busy[name] = "refreshing"
        elif owner:
            activity.stuck[name] = f"its execution {owner.rsplit(':', 1)[-1]} ended without a word; the next arrival takes over"
        elif requested:
            activity.busy[name] = "requested"
        elif arriving := _still_to_come(dataset):
            activity.busy[name] = f"{arriving} objects arriving"
        elif _is_behind(dataset, datasets, now):
            activity.busy[name] = "its input was refreshed"
        if dataset.run.get("status") == "failed":
            activity.failed[name] = dataset.run.get("cause", "no cause was recorded")
    return activity


def _still_to_come(dataset: Dataset) -> int:
    """Return how many objects a refresh will yet start for: not those that the last one saw when it failed."""
    failed = _time(dataset.run.get("started_at")) if dataset.run.get("status") == "failed" else _time(None)
    return sum(at > failed for at in dataset.arrived)


def _is_behind(dataset: Dataset, datasets: Mapping[str, Dataset], now: datetime) -> bool:
    """Return whether an input was published since the product's last refresh, so recently that the event may be on its way."""
    began = _time(dataset.lease.get("started_at"))
    publications = [datasets[name].publication for name in dataset.inputs if name in datasets]
    announced = [_time(found["published_at"]) for found in publications if found and found.get("announced") == found["snapshot"]]
    return any(began < moment and now - moment < ON_ITS_WAY for moment in announced)


def _time(text: Any) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)
