"""What a lake is doing, from its ledger, its raw bucket and its refresh machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.common import outputs
from cli.common.ledger import Item, Ledger
from cli.common.session import Lake
from contracts.contract import Contract

LOAD = "load"  # what the record of a load says of its kind
LAST_RUNS = 5  # of which one is a refresh, and one a load where there are loads
ON_ITS_WAY = timedelta(minutes=5)  # an event that was not delivered by then is lost, or nobody asked for it


@dataclass(frozen=True)
class Dataset:
    """What the ledger says of one dataset.

    Attributes:
        run: the record of its last refresh; empty before the first.
        load: the lease of loads of the warehouse's copy of it; None where there is no copy.
        loaded: the record of the last load; empty before the first.
        arrived: when each object came that no refresh accounted for, if that was a short time ago.
    """

    name: str
    inputs: tuple[str, ...] = ()
    lease: Item = field(default_factory=dict)
    publication: Item = field(default_factory=dict)
    run: Item = field(default_factory=dict)
    load: Item | None = None
    loaded: Item = field(default_factory=dict)
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
    machines = [outputs.value(lake, outputs.ORCHESTRATION, "RefreshMachineArn")]
    copied = {contract.name for contract in contracts.values() if contract.native} if lake.settings.warehouse.enabled else set()
    if copied:
        machines.append(outputs.value(lake, outputs.WAREHOUSE, "LoadMachineArn"))
    running = {arn for machine in machines for arn in executions(lake, machine)}
    found = []
    for name, contract in contracts.items():
        runs = ledger.runs(name, most=LAST_RUNS)
        found.append(
            Dataset(
                name=name,
                inputs=contract.inputs,
                lease=ledger.lease(name),
                publication=ledger.publication(name),
                run=next((run for run in runs if run.get("kind") != LOAD), {}),
                load=ledger.load_lease(name) if name in copied else None,
                loaded=next((run for run in runs if run.get("kind") == LOAD), {}),
                arrived=tuple(at for key, version, at in recent(lake, raw, contract) if ledger.waits(name, key, version)),
            )
        )
    return judge({dataset.name: dataset for dataset in found}, running, datetime.now(UTC))


def executions(lake: Lake, machine: str) -> Iterator[str]:
    """Yield the ARNs of a machine's executions that run."""
    pages = lake.stepfunctions.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
    yield from (execution["executionArn"] for page in pages for execution in page["executions"])


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
        elif copying := _copying(dataset, running, now):
            activity.busy[name] = copying
        if dataset.loaded.get("status") == "failed":
            activity.failed[name] = f"its copy in the warehouse: {dataset.loaded.get('cause', 'no cause was recorded')}"
        if dataset.run.get("status") == "failed":
            activity.failed[name] = dataset.run.get("cause", "no cause was recorded")
    return activity


def _copying(dataset: Dataset, running: set[str], now: datetime) -> str | None:
    """Return what is still to happen to the copy in the warehouse."""
    if dataset.load is None:
        return None
    if dataset.load.get("owner") in running:
        return "loading the warehouse's copy"
    if dataset.load.get("requested", 0) > dataset.load.get("served", 0):
        return "a load of the warehouse's copy is requested"
    published = dataset.publication
    if not published or published.get("announced") != published["snapshot"] or dataset.loaded.get("snapshot") == published["snapshot"]:
        return None
    at = _time(published["published_at"])
    has_failed = dataset.loaded.get("status") == "failed" and _time(dataset.loaded.get("started_at")) > at
    return "the warehouse's copy is behind" if not has_failed and now - at < ON_ITS_WAY else None


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
