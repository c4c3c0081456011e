"""What could not be delivered, object by object: Firehose's documents, and the records that the transform refused."""

import json
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from cli.common import outputs
from cli.common.session import Lake
from contracts.envelope import REFUSED

REFUSED_CODE = "Refused"
AT_ONCE = 1000  # rows of a Parquet file


def prefixes(lake: Lake) -> tuple[str, str]:
    """Return the prefixes of raw under which it lies."""
    return outputs.value(lake, outputs.INGESTION, "ErrorPrefix"), outputs.value(lake, outputs.INGESTION, "RefusedPrefix")


def documents(lake: Lake, bucket: str, key: str, version: str = "null") -> Iterator[dict[str, Any]]:
    """Yield what an object holds, in Firehose's form: rawData, arrivalTimestamp, a code and a message, whatever their names.

    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
    """
    found = lake.s3.get_object(Bucket=bucket, Key=key, **({} if version == "null" else {"VersionId": version}))  # type: ignore[arg-type]  # a version is a text
    if key.startswith(f"{REFUSED}/"):
        yield from _refused(found["Body"])
        return
    for line in found["Body"].iter_lines():
        if line.strip():
            yield json.loads(line)


def _refused(body: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file of refused records."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "refused.parquet"
        with file.open("wb") as target:
            for chunk in body.iter_chunks():
                target.write(chunk)
        rows = duckdb.execute(f"select rawdata, reason, arrival_time from '{file}' order by sequence_number")
        while batch := rows.fetchmany(AT_ONCE):
            for raw, reason, arrived in batch:
                moment = int(datetime.fromisoformat(arrived).timestamp() * 1000)
                yield {"rawData": raw, "errorCode": REFUSED_CODE, "errorMessage": reason, "arrivalTimestamp": moment}
