"""Measure the transform of the stream in this process, and print a Markdown table: `.venv/bin/python -m benchmarks.stream_transform`.

Records are hours of New York's weather, in batches as Firehose sends them.
"""

import csv
import json
import platform
import time
from base64 import b64encode
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

from cli.common import sample
from lambdas.stream_transform.transform import transform

RECORDS = 200_000
BATCH_BYTES = 500_000  # before base64, as the delivery is set to
WANTED = 20_000  # records a second
DATASETS = ("weather",)


def main() -> None:
    table = [("good records", measure(good())), ("one in ten broken", measure(broken()))]
    print(f"\nOn {platform.system()} {platform.machine()}, Python {platform.python_version()}, one thread:\n")
    print("| what | records a second | at least |\n|---|---|---|")
    for what, rate in table:
        print(f"| {what} | {rate:,.0f} | {WANTED:,} |")
    if slow := [what for what, rate in table if rate < WANTED]:
        raise SystemExit(f"too slow: {', '.join(slow)}")


def measure(records: Iterator[bytes]) -> float:
    """Return how many records a second are transformed, base64 and JSON of the response included."""
    batches = list(batched(islice(records, RECORDS)))
    begin = time.perf_counter()
    for batch in batches:
        json.dumps({"records": transform(batch, DATASETS).records})
    return RECORDS / (time.perf_counter() - begin)


def good() -> Iterator[bytes]:
    """Yield envelopes around the weather, again and again."""
    with sample.whole("weather").open(encoding="utf-8", newline="") as file:
        rows = [json.dumps({"dataset": "weather", "event_time": row["time_hour"], "record": row}).encode() for row in csv.DictReader(file)]
    return cycle(rows)


def broken() -> Iterator[bytes]:
    for number, record in enumerate(good()):
        yield record if number % 10 else record[:-1]


def batched(records: Iterator[bytes]) -> Iterator[list[dict[str, Any]]]:
    """Yield what Firehose sends: batches of records, each with its place in the stream."""
    batch, size = [], 0
    for number, data in enumerate(records):
        metadata = {
            "shardId": "shardId-000000000000",
            "partitionKey": str(number),
            "approximateArrivalTimestamp": 1_357_020_000_000 + number,
            "sequenceNumber": f"{49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898 + number}",
            "subsequenceNumber": 0,
        }
        batch.append({"recordId": f"{number:056d}", "data": b64encode(data).decode(), "kinesisRecordMetadata": metadata})
        size += len(data)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


if __name__ == "__main__":
    main()
