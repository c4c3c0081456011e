"""Asks the lake's services how it is; every number of a status comes from here, none from a file of this checkout."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.common import activity, outputs
from cli.common import warehouse as brought
from cli.common.activity import Activity
from cli.common.errors import UserError
from cli.common.ledger import ROWS, UNKNOWN, Item, Ledger, seconds
from cli.common.overview.state import Alarm, Copy, Dataset, Run, State, Stream, Warehouse
from cli.common.session import Lake
from contracts.contract import Contract

MOST_RUNS = 5
LOAD = "load"
QUARANTINE = "_quarantine"


def gather(lake: Lake, contracts: Mapping[str, Contract]) -> State:
    """Return what a lake is like now.

    Raises:
        UserError: it is not deployed.
    """
    ledger, doing = Ledger.of(lake), activity.look(lake, contracts)
    return State(
        environment=lake.environment,
        name=lake.settings.name,
        account=lake.settings.account,
        region=lake.settings.region,
        at=datetime.now(UTC),
        datasets=tuple(dataset(lake, ledger, contract, doing) for contract in contracts.values()),
        alarms=alarms(lake),
        stream=stream(lake, ledger) if any(contract.stream for contract in contracts.values()) else None,
        warehouse=warehouse(lake, ledger, contracts) if lake.settings.warehouse.enabled else None,
        strays=len(ledger.objects(UNKNOWN, "")),
        watched_since=watched_since(lake),
    )


def dataset(lake: Lake, ledger: Ledger, contract: Contract, doing: Activity) -> Dataset:
    """Return one dataset as ledger and tables have it."""
    name = contract.name
    publication = ledger.publication(name)
    return Dataset(
        contract=contract,
        published_at=time_of(publication.get("published_at")),
        rows=publication.get("rows"),
        quarantined=None if contract.is_product else rows_in(lake, f"{lake.settings.name}_{contract.zone}", name + QUARANTINE),
        runs=tuple(run(item) for item in ledger.runs(name, most=2 * MOST_RUNS) if item.get("kind") != LOAD)[:MOST_RUNS],
        arrived_at=None if contract.is_product else arrived(ledger, contract),
        waiting=0 if contract.is_product else ledger.waiting(name),
        doing=doing.busy.get(name),
        failure=doing.stuck.get(name) or doing.failed.get(name) or (pull_failure(ledger, name) if contract.pull else None),
    )


def pull_failure(ledger: Ledger, name: str) -> str | None:
    """Return why the last pull from the dataset's API failed."""
    cause = ledger.pull(name).get("cause")
    return f"its pull: {cause}" if cause else None


def run(item: Item) -> Run:
    """Return a run's record."""
    return Run(
        name=item["run"],
        status=str(item.get("status", "unknown")),
        started_at=time_of(item.get("started_at")),
        seconds=seconds(item),
        counts={name: int(item[name]) for name in ROWS if name in item},
        cause=item.get("cause"),
        warnings=tuple(map(str, item.get("warnings", []))),
    )


def arrived(ledger: Ledger, contract: Contract) -> datetime | None:
    """Return when the newest object came: the names of objects are in order of their days, so the last ones are looked at."""
    newest = [item for source in contract.sources for item in ledger.last_objects(contract.name, source.location)]
    return max((at for item in newest if (at := time_of(item.get("arrived_at")))), default=None)


def rows_in(lake: Lake, database: str, table: str) -> int | None:
    """Return how many rows readers of an Iceberg table see; None where it is not there."""
    try:
        found = lake.glue.get_table(DatabaseName=database, Name=table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        return None
    bucket, _, key = found["Parameters"]["metadata_location"].removeprefix("s3://").partition("/")
    metadata = json.loads(lake.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    summaries = {snapshot["snapshot-id"]: snapshot["summary"] for snapshot in metadata.get("snapshots", [])}
    return int(summaries.get(metadata.get("current-snapshot-id"), {}).get("total-records", 0))


def alarms(lake: Lake) -> tuple[Alarm, ...]:
    """Return the lake's alarms, those that ring first."""
    pages = lake.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{lake.settings.name}-")
    found = [
        Alarm(
            name=one["AlarmName"],
            state=one["StateValue"],
            meaning=one.get("AlarmDescription", ""),
            reason=one.get("StateReason", ""),
        )
        for page in pages
        for one in page["MetricAlarms"]
    ]
    return tuple(sorted(found, key=lambda alarm: (alarm.state != "ALARM", alarm.state == "OK", alarm.name)))


def watched_since(lake: Lake) -> datetime | None:
    """Return when the stack of monitoring was made; None where there is none."""
    try:
        return lake.cloudformation.describe_stacks(StackName=f"{lake.settings.name}-{outputs.MONITORING}")["Stacks"][0]["CreationTime"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return None


def stream(lake: Lake, ledger: Ledger) -> Stream:
    name = outputs.value(lake, outputs.INGESTION, "StreamName")
    found = lake.kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    delivery = outputs.value(lake, outputs.INGESTION, "DeliveryStreamName")
    described = lake.firehose.describe_delivery_stream(DeliveryStreamName=delivery)["DeliveryStreamDescription"]
    return Stream(name, found["StreamStatus"], found["OpenShardCount"], described["DeliveryStreamStatus"], len(ledger.errors()))


def warehouse(lake: Lake, ledger: Ledger, contracts: Mapping[str, Contract]) -> Warehouse:
    """Return the warehouse; one that cannot be asked is a state of its own, not the end of the status."""
    try:
        told = brought.ask(lake, "status")
    except (UserError, ClientError, BotoCoreError) as error:
        return Warehouse(failure=str(error))
    loads: Mapping[str, Any] = {load["dataset"]: load for load in told["loads"]}
    copies = [brought.copy(name, loads.get(name), ledger.publication(name)) for name, contract in contracts.items() if contract.native]
    wanted = [f"{one['name']} {brought.WANTED[one['state']]}" for one in told["migrations"] if one["state"] in brought.WANTED]
    return Warehouse(
        copies=tuple(Copy(name, state, rows, time_of(loaded_at)) for name, state, rows, _, _, loaded_at in copies),
        applied=len(told["migrations"]) - len(wanted),
        pending=tuple(wanted),
    )


def time_of(text: Any) -> datetime | None:
    """Return a time; one that names no zone is in UTC."""
    found = datetime.fromisoformat(text) if text else None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
