"""Let records of the stream arrive in their dataset once more: those in raw, or those that the stream still has."""

import hashlib
import json
import tempfile
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
import typer

from cli.common import outputs
from cli.common.console import out, step
from cli.common.datasets import contract
from cli.common.errors import UserError
from cli.common.ledger import Ledger
from cli.common.moments import moment
from cli.common.options import Environment
from cli.common.session import Lake, connect
from contracts.contract import Source
from contracts.envelope import REFUSED

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import RecordTypeDef

BATCH_BYTES = 512 * 1024  # of records that the transform gets at once, as Firehose does it
ROWS_OF_AN_OBJECT = 200_000
COLUMNS = "{dataset: 'VARCHAR', event_time: 'VARCHAR', arrival_time: 'VARCHAR', sequence_number: 'VARCHAR', record: 'VARCHAR'}"
Say = Callable[[str], None]


class Origin(StrEnum):
    """Where records are taken from."""

    RAW = "raw"
    STREAM = "stream"


@dataclass
class Replayed:
    """What was read from a stream.

    Attributes:
        others: of other datasets.
        refused: that the transform does not deliver; they are among the errors already.
    """

    records: int = 0
    others: int = 0
    refused: int = 0
    objects: list[str] = field(default_factory=list)


def run(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset that takes records of the stream.")],
    since: Annotated[str, typer.Option(help="From what arrived then on, as 2026-11-21 or 2026-11-21T16:00.", metavar="TIME")],
    origin: Annotated[Origin, typer.Option("--from", help="raw, or the stream within its retention.")] = Origin.RAW,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    source = contract(lake, dataset).stream
    if source is None:
        raise UserError(f"{dataset} takes no records of the stream; ./lake land brings files again")
    with step(f"{dataset} replayed from {origin}") as say:
        told = from_raw(lake, dataset, source, moment(since)) if origin is Origin.RAW else from_stream(lake, dataset, moment(since), say)
    out.print(told, markup=False)


def from_raw(lake: Lake, dataset: str, source: Source, since: datetime) -> str:
    """Have the next refresh read the objects again that the stream delivered; return what was done."""
    ledger = Ledger.of(lake)
    found = [item for item in ledger.objects(dataset, source.location) if datetime.fromisoformat(item["arrived_at"]) >= since]
    for item in found:
        ledger.update(item, "SET pending = :item", "attribute_exists(#item)", {":item": {"S": item["item"]}}, {"#item": "item"})
    if not found:
        return f"nothing of {dataset} arrived by the stream since {since:%Y-%m-%d %H:%M} UTC"
    intake = outputs.value(lake, outputs.ORCHESTRATION, "IntakeMachineArn")
    request = {"detail-type": "Refresh Requested", "source": f"{lake.settings.name}.lake", "detail": {"dataset": dataset}}
    lake.stepfunctions.start_execution(stateMachineArn=intake, input=json.dumps(request))
    return f"{len(found):,} objects are read again; ./lake wait, then ./lake runs {dataset}"


def from_stream(lake: Lake, dataset: str, since: datetime, say: Say) -> str:
    """Put records that the stream still has into raw once more, with the sequence numbers they had; return what was done."""
    done = deliver(lake, dataset, since, say)
    if not done.objects:
        return f"the stream has no records of {dataset} since {since:%Y-%m-%d %H:%M} UTC, or not any more"
    refused = f", {done.refused:,} that are among the errors" if done.refused else ""
    return f"{done.records:,} records in {len(done.objects):,} objects of raw; left out: {done.others:,} of other datasets{refused}; ./lake wait"


def deliver(lake: Lake, dataset: str, since: datetime, say: Say = lambda _: None) -> Replayed:
    """Read the stream up to now, pass its records through the lake's own transform, and write those of a dataset as Firehose would.

    The numbers tell the job that it has met a record before, and which of two is the later one: replaying is not sending again.
    """
    stream, bucket = outputs.value(lake, outputs.INGESTION, "StreamName"), outputs.value(lake, outputs.STORAGE, "RawBucket")
    done = Replayed()
    rows: dict[str, list[str]] = defaultdict(list)
    for batch in batches(lake, stream, since):
        for keys, text in transformed(lake, batch):
            if keys is None:
                done.refused += 1
            elif keys["dataset"] != dataset:
                done.others += 1
            else:
                rows[keys["ingest_date"]] += text.split("\n")  # to splitlines, U+2028 is an end too, which JSON has as it is
                done.records += 1
        for date in [date for date, waiting in rows.items() if len(waiting) >= ROWS_OF_AN_OBJECT]:
            done.objects.append(write(lake, bucket, f"{dataset}/stream/ingest_date={date}/", rows.pop(date)))
        say(f"{done.records:,} records")
    done.objects += [write(lake, bucket, f"{dataset}/stream/ingest_date={date}/", waiting) for date, waiting in rows.items()]
    return done


def batches(lake: Lake, stream: str, since: datetime) -> Iterator[list[tuple[str, "RecordTypeDef"]]]:
    """Yield records with the shard of each, up to the end of every shard as it is met."""
    batch: list[tuple[str, RecordTypeDef]] = []
    size = 0
    for page in lake.kinesis.get_paginator("list_shards").paginate(StreamName=stream):
        for shard in page["Shards"]:
            for record in records(lake, stream, shard["ShardId"], since):
                if batch and size + len(record["Data"]) > BATCH_BYTES:
                    yield batch
                    batch, size = [], 0
                batch.append((shard["ShardId"], record))
                size += len(record["Data"])
    if batch:
        yield batch


def records(lake: Lake, stream: str, shard: str, since: datetime) -> Iterator["RecordTypeDef"]:
    """Yield the records of a shard from a moment up to its end."""
    found = lake.kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="AT_TIMESTAMP", Timestamp=since)
    iterator: str | None = found["ShardIterator"]
    while iterator:
        answer = lake.kinesis.get_records(ShardIterator=iterator)
        yield from answer["Records"]
        iterator = answer.get("NextShardIterator") if answer.get("MillisBehindLatest", 0) else None


def transformed(lake: Lake, batch: list[tuple[str, "RecordTypeDef"]]) -> Iterator[tuple[dict[str, str] | None, str]]:
    """Yield the partition keys and rows of each record, as the transform gives them to Firehose; no keys for what it refuses."""
    asked = [
        {
            "recordId": record["SequenceNumber"],
            "approximateArrivalTimestamp": int(record["ApproximateArrivalTimestamp"].timestamp() * 1000),
            "data": b64encode(record["Data"]).decode(),
            "kinesisRecordMetadata": {
                "sequenceNumber": record["SequenceNumber"],
                "subsequenceNumber": 0,
                "partitionKey": record["PartitionKey"],
                "shardId": shard,
                "approximateArrivalTimestamp": int(record["ApproximateArrivalTimestamp"].timestamp() * 1000),
            },
        }
        for shard, record in batch
    ]
    function = f"{lake.settings.name}-stream-transform"
    answer = lake.functions.invoke(FunctionName=function, Payload=json.dumps({"records": asked}).encode())
    payload: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise UserError(f"{function} failed: {payload.get('errorMessage', payload)}; its log is /aws/lambda/{function}")
    for one in payload["records"]:
        kept = one["result"] == "Ok" and one["metadata"]["partitionKeys"]["dataset"] != REFUSED
        yield (one["metadata"]["partitionKeys"], b64decode(one["data"]).decode()) if kept else (None, "")


def write(lake: Lake, bucket: str, folder: str, rows: list[str]) -> str:
    """Write rows of the envelope as a Parquet object, whose name is made from them, and return its key."""
    text = "\n".join(rows)
    key = f"{folder}replay-{hashlib.sha256(text.encode()).hexdigest()[:16]}.parquet"
    with tempfile.TemporaryDirectory() as place:
        lines, target = Path(place) / "rows.jsonl", Path(place) / "rows.parquet"
        lines.write_text(text, encoding="utf-8")
        duckdb.execute(
            f"copy (from read_json('{lines}', format='newline_delimited', columns={COLUMNS}, maximum_object_size=67108864)) "
            f"to '{target}' (format parquet, compression snappy)"
        )
        with target.open("rb") as content:
            lake.s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key
