"""The objects that a delivery writes: their names and their way to the bucket."""

import gzip
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_cloud import faults
from local_cloud.firehose.conversion import Schema
from local_cloud.firehose.definition import Delivery, Target
from local_cloud.firehose.failures import BACKUP, DATA
from local_cloud.firehose.roles import speaker
from local_cloud.firehose.spool import Buffer
from local_cloud.replace import borrow

_evaluate: Callable[..., str] = borrow(
    "ministack.services.firehose",
    "_evaluate_prefix",
    ("template", "t", "query_keys", "lambda_keys", "error_type"),
    "evaluate a prefix",
)
PrefixError: type[Exception] = borrow("ministack.services.firehose", "_DeliveryError", type, "know that a prefix cannot be evaluated")


def target(delivery: Delivery, kind: str) -> Target:
    """Return where objects of a kind go."""
    found = delivery.backup if kind == BACKUP else delivery.target
    return found or delivery.target  # what waits for a backup that was taken away


def prefix(delivery: Delivery, kind: str, keys: dict[str, str], arrived: int) -> str:
    """Return the prefix of an object of a kind: `data`, `backup` or an error-output-type.

    Args:
        arrived: when its oldest record reached the stream, in milliseconds.

    Raises:
        PrefixError: it names a key that the partition does not have.
    """
    moment = time.gmtime(arrived / 1000)
    if kind in (DATA, BACKUP):
        return _evaluate(target(delivery, kind).prefix, moment, None, keys, None)
    return _evaluate(delivery.error_prefix, moment, None, None, kind)


def name(delivery: Delivery) -> str:
    """Return a new object's name: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html."""
    return f"{delivery.name}-{delivery.version}-{time.strftime('%Y-%m-%d-%H-%M-%S', time.gmtime())}-{uuid.uuid4()}"


def deliver(delivery: Delivery, buffer: Buffer, lines: Path, schema: Schema | None) -> int:
    """Write a buffer as an object, now and then twice if that is asked for, and return its bytes.

    Raises:
        ClientError: the bucket does not take it.
    """
    place = target(delivery, buffer.kind)
    own = speaker("s3", place.role, delivery.arn)
    folder = prefix(delivery, buffer.kind, buffer.keys, buffer.oldest)
    content, extension = lines, delivery.configuration.get("FileExtension") or ""
    if schema is not None and buffer.kind == DATA:
        content, extension = lines.with_suffix(".parquet"), extension or ".parquet"
        schema.write(lines, content)
    elif buffer.kind == BACKUP:
        extension = ".gz" if place.is_compressed else ""
        content = compressed(lines) if place.is_compressed else lines
    try:
        put(own, place.bucket, f"{folder}{name(delivery)}{extension}", content)
        if buffer.kind != BACKUP and faults.take("repeated_deliveries"):
            put(own, place.bucket, f"{folder}{name(delivery)}{extension}", content)
        return content.stat().st_size
    finally:
        if content != lines:
            content.unlink(missing_ok=True)


def compressed(content: Path) -> Path:
    """Return a file with the same in gzip."""
    target = content.with_suffix(".gz")
    with content.open("rb") as source, gzip.open(target, "wb") as written:
        shutil.copyfileobj(source, written)
    return target


def put(own: Any, bucket: str, key: str, content: Path) -> None:
    """Put a file."""
    with content.open("rb") as body:
        own.put_object(Bucket=bucket, Key=key, Body=body)
