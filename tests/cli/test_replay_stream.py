"""What a replay of the stream writes into raw is what the transform gave, row by row."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from cli import replay_stream
from lambdas.stream_transform.transform import transform

AT = datetime(2013, 1, 2, tzinfo=UTC)
BREAKS = "a\u2028b\u2029c\u0085d"  # ends of lines to Python, letters to JSON


class Lake:
    """A stream of one shard, the transform as it is, and a bucket."""

    def __init__(self, records: list[bytes]) -> None:
        self.objects: dict[str, bytes] = {}
        self.settings = SimpleNamespace(name="lake")
        found = [
            {"SequenceNumber": str(number), "ApproximateArrivalTimestamp": AT, "Data": data, "PartitionKey": "p"}
            for number, data in enumerate(records)
        ]
        self.kinesis = SimpleNamespace(
            get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: [{"Shards": [{"ShardId": "s"}]}]),
            get_shard_iterator=lambda **_: {"ShardIterator": "i"},
            get_records=lambda **_: {"Records": found},
        )
        self.functions = SimpleNamespace(invoke=self._invoke)
        self.s3 = SimpleNamespace(put_object=self._put)

    def _invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  # the names are those of boto3
        assert FunctionName == "lake-stream-transform"
        done = transform(json.loads(Payload)["records"], {"weather"})
        return {"Payload": io.BytesIO(json.dumps({"records": list(done.records)}).encode())}

    def _put(self, Bucket: str, Key: str, Body: Any) -> None:  # noqa: N803
        assert Bucket == "RawBucket"
        self.objects[Key] = Body.read()


def test_a_record_with_what_python_takes_for_ends_of_lines_is_one_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("cli.replay_stream.outputs.value", lambda _, __, name: name)
    sent = [{"dataset": "weather", "event_time": "2013-01-01T00:00:00Z", "record": {"station": text}} for text in (BREAKS, "plain")]
    lake = Lake([json.dumps(one, ensure_ascii=False).encode() for one in sent])
    done = replay_stream.deliver(cast(Any, lake), "weather", AT)
    assert (done.records, done.refused, len(done.objects)) == (2, 0, 1)
    (tmp_path / "rows.parquet").write_bytes(lake.objects[done.objects[0]])
    rows = duckdb.sql(f"select record from '{tmp_path / 'rows.parquet'}' order by sequence_number").fetchall()
    assert [json.loads(record)["station"] for (record,) in rows] == [BREAKS, "plain"]
