"""Records as Firehose sends them, and as producers pack them."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from lambdas.stream_transform.aggregated import MARK

DATASETS = ("flights", "weather")
ARRIVED = 1_357_020_000_123


def sent(number: int, data: bytes, *, within: int = 0) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-kinesisfirehose.html, with the metadata of a Kinesis stream."""
    metadata = {
        "shardId": "shardId-000000000000",
        "partitionKey": "4d1ad2b9-24f8-4b9d-a088-76e9947c317a",
        "approximateArrivalTimestamp": ARRIVED,
        "sequenceNumber": f"4954{number:052d}",
        "subsequenceNumber": within,
    }
    return {"recordId": f"record-{number}", "data": b64encode(data).decode(), "kinesisRecordMetadata": metadata}


def envelope(record: object, dataset: str = "weather") -> bytes:
    return json.dumps({"dataset": dataset, "event_time": "2013-01-01T06:00:00Z", "record": record}).encode()


def aggregated(records: Sequence[bytes]) -> bytes:
    """Pack records as the Kinesis Producer Library does, with a key for all of them."""
    message = field(1, b"key") + b"".join(field(3, varint(1 << 3) + varint(0) + field(3, record)) for record in records)
    return MARK + message + hashlib.md5(message, usedforsecurity=False).digest()


def field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])
