import json
from base64 import b64encode
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.response import StreamingBody

from cli.common.session import Lake
from cli.errors import MENDED, cut, explained, undelivered

DATASETS = ("weather",)
KEY = "_errors/stream/processing-failed/ingest_date=2013-01-01/lake-delivery-1"


def document(record: bytes, **error: Any) -> dict[str, Any]:
    return {"arrivalTimestamp": 1_357_020_000_123, "rawData": b64encode(record).decode(), **error}


def refused(record: bytes) -> str:
    return explained(document(record, errorCode="Lambda.ProcessingFailedStatus", errorMessage="status set"), DATASETS, KEY).reason


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (b"poison", "it starts with 'p', expected an object: {"),
        (b'{"dataset": "wether", "record": {}}', "dataset is 'wether', expected one that takes records of the stream: weather"),
        (b'{"dataset": "weather", "record": {}}', MENDED),
    ],
)
def test_a_record_that_the_transform_refused_is_told_with_the_transform_s_own_reason(record: bytes, told: str) -> None:
    assert refused(record) == told


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (b"poison", "as the transform had it"),
        (b'{"dataset": "weather", "record": {}}', f"{MENDED}; it was refused: as the transform had it"),
    ],
)
def test_a_refused_record_is_told_with_the_reason_that_was_kept_with_it(record: bytes, told: str) -> None:
    assert explained(document(record, errorCode="Refused", errorMessage="as the transform had it"), DATASETS, KEY).reason == told


@pytest.mark.parametrize("prefix", ["error", "lastError", "Error"])
def test_any_other_failure_is_told_in_firehose_s_words(prefix: str) -> None:
    error = {f"{prefix}Code": "DataFormatConversion.ParseError", f"{prefix}Message": "no JSON"}
    assert explained(document(b"x", **error), DATASETS, KEY).reason == "DataFormatConversion.ParseError: no JSON"


def test_the_record_is_shown_as_it_came_with_its_arrival_and_its_object() -> None:
    found = explained(document(b"a\n\xff", errorCode="x"), DATASETS, KEY)
    assert (found.record, found.arrived, found.object) == ("a\n\\xff", "2013-01-01T06:00:00Z", KEY)


def test_a_table_shows_the_beginning_of_a_long_record() -> None:
    assert cut("a" * 300) == "a" * 200 + "..."


def test_every_record_of_the_objects_of_the_days_asked_for_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"\n".join(json.dumps(document(record, errorCode="x")).encode() for record in (b"1", b"2"))
    contents = [
        {"Key": "old", "LastModified": datetime(2013, 1, 1, tzinfo=UTC)},
        {"Key": "new", "LastModified": datetime(2013, 1, 2, tzinfo=UTC)},
    ]
    s3 = SimpleNamespace(
        get_paginator=lambda _: SimpleNamespace(
            paginate=lambda **asked: [{"Contents": contents} if asked["Prefix"] == "ErrorPrefix" else {}]
        ),
        get_object=lambda **_: {"Body": StreamingBody(BytesIO(lines + b"\n"), len(lines) + 1)},
    )
    monkeypatch.setattr("cli.common.outputs.value", lambda *names: names[-1])
    found = list(undelivered(cast(Lake, SimpleNamespace(s3=s3)), DATASETS, datetime(2013, 1, 2, 12, tzinfo=UTC)))
    assert [(one.record, one.object) for one in found] == [("1", "new"), ("2", "new")]
