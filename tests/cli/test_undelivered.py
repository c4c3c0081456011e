"""Objects of what could not be delivered, of both kinds, read as one."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
from botocore.response import StreamingBody

from cli.common.undelivered import documents

KEY = "_refused/stream/ingest_date=2013-01-01/lake-delivery-1.parquet"


def lake(body: bytes, asked: list[dict[str, Any]]) -> Any:
    def get_object(**arguments: Any) -> dict[str, Any]:
        asked.append(arguments)
        return {"Body": StreamingBody(BytesIO(body), len(body))}

    return SimpleNamespace(s3=SimpleNamespace(get_object=get_object))


def test_refused_records_are_read_in_the_form_of_firehose_s_own_errors_in_the_order_of_the_stream(tmp_path: Path) -> None:
    file = tmp_path / "refused.parquet"
    asked: list[dict[str, Any]] = []
    rows = ", ".join(
        f"('{b64encode(record).decode()}', '{reason}', '2013-01-01T06:00:00.123Z', '{number}')"
        for record, reason, number in [(b"\xff", "no UTF-8", 2), (b"", "it is empty", 1)]
    )
    duckdb.execute(f"copy (from (values {rows}) as t(rawdata, reason, arrival_time, sequence_number)) to '{file}' (format parquet)")
    found = list(documents(lake(file.read_bytes(), asked), "raw", KEY, "7"))
    assert found == [
        {"rawData": "", "errorCode": "Refused", "errorMessage": "it is empty", "arrivalTimestamp": 1_357_020_000_123},
        {"rawData": "/w==", "errorCode": "Refused", "errorMessage": "no UTF-8", "arrivalTimestamp": 1_357_020_000_123},
    ]
    assert asked == [{"Bucket": "raw", "Key": KEY, "VersionId": "7"}]


def test_documents_of_firehose_are_read_line_by_line() -> None:
    found = documents(lake(b'{"rawData": "eA=="}\n\n{"rawData": ""}\n', []), "raw", "_errors/stream/processing-failed/1")
    assert [one["rawData"] for one in found] == ["eA==", ""]
