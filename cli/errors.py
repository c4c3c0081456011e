"""Show the records of the stream that could not be delivered, each with its reason and as it came."""

from base64 import b64decode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from cli.common import outputs, tables
from cli.common.console import out
from cli.common.datasets import contracts
from cli.common.options import Environment, Format
from cli.common.session import Lake, connect
from cli.common.undelivered import REFUSED_CODE, documents, prefixes
from contracts.envelope import RefusedError, open_envelope

FAILED = "ProcessingFailed"  # what Firehose's code has of a record that the transform refused, and could not answer for
MENDED = "it would be taken now"
LONGEST = 200  # characters of a record that a table shows


@dataclass(frozen=True)
class Undelivered:
    """A record that could not be delivered.

    Attributes:
        arrived: when Firehose got it, ISO 8601 in UTC.
        record: as it came; bytes that are not UTF-8 are shown as \\xNN.
        object: key in raw of the object that keeps it.
    """

    arrived: str
    reason: str
    record: str
    object: str


def run(
    days: Annotated[int, typer.Option(help="How many days back, today included.", min=1)] = 7,
    format: Annotated[Format, typer.Option(help="csv and json stand alone on standard output, and show records whole.")] = Format.TABLE,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    datasets = [contract.name for contract in contracts(lake).values() if contract.stream is not None]
    found = sorted(undelivered(lake, datasets, datetime.now(UTC) - timedelta(days=days - 1)), key=lambda one: one.arrived)
    if not found and format is Format.TABLE:
        out.print(f"every record of the last {days} days was delivered")
        return
    rows = [[cut(value) if format is Format.TABLE else value for value in astuple(one)] for one in found]
    tables.write([field.name for field in fields(Undelivered)], rows, format)


def undelivered(lake: Lake, datasets: Collection[str], since: datetime) -> Iterator[Undelivered]:
    """Yield what was set apart since the beginning of a day."""
    bucket = outputs.value(lake, outputs.STORAGE, "RawBucket")
    for prefix in prefixes(lake):
        for page in lake.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for listed in page.get("Contents", []):
                if listed["LastModified"].date() >= since.date():
                    yield from (explained(one, datasets, listed["Key"]) for one in documents(lake, bucket, listed["Key"]))


def explained(error: Mapping[str, Any], datasets: Collection[str], key: str) -> Undelivered:
    """Return one document, with the reason found again where the transform had it and Firehose has not, and whether it would be refused again."""
    record = b64decode(error["rawData"])
    code, message = (_first(error, (f"error{part}", f"lastError{part}", f"Error{part}")) for part in ("Code", "Message"))
    return Undelivered(
        arrived=f"{datetime.fromtimestamp(int(error['arrivalTimestamp']) // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
        reason=_reason(record, datasets, code, message),
        record=record.decode(errors="backslashreplace"),
        object=key,
    )


def _reason(record: bytes, datasets: Collection[str], code: str, message: str) -> str:
    if code == REFUSED_CODE:
        return f"{MENDED}; it was refused: {message}" if why(record, datasets) == MENDED else message
    return why(record, datasets) if FAILED in code else f"{code}: {message}"


def why(record: bytes, datasets: Collection[str]) -> str:
    """Return why the transform refuses a record."""
    try:
        open_envelope(record, datasets)
    except RefusedError as refused:
        return str(refused)
    return MENDED


def _first(error: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return str(next((error[name] for name in names if name in error), ""))


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
