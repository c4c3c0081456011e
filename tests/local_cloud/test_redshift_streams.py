"""Streaming ingestion and UNLOAD: what goes into a warehouse and out of it past the lake, with the rights of its role alone."""

import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.read import read
from tests.local_cloud.running import ACCOUNT, LocalCloud
from tests.local_cloud.warehouses import SERVICE, Warehouse, warehouse
from warehouse.live import RECORDS, definitions

STREAM, BUCKET = "river", "delta"
STREAM_ARN = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{STREAM}"
READ = {"Action": ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"], "Resource": STREAM_ARN}
LOOK = {"Action": "kinesis:DescribeStreamSummary", "Resource": STREAM_ARN}
LIST = {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"}
WRITE = {"Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/unload/*"}
FIRST = {"origin": "JFK", "time_hour": "2013-01-01T06:00:00Z", "temp": 39.02, "wind_dir": 260}
UNLOAD = f"unload ('select origin, temp from live.weather where origin <> ''LGA'' order by temp') to 's3://{BUCKET}/unload/{{}}' iam_role default"


@pytest.fixture(scope="module")
def decrypt(cloud: LocalCloud) -> dict[str, Any]:
    """The stream, its key, and the grant to use the key."""
    cloud.client("kinesis").create_stream(StreamName=STREAM, ShardCount=2)
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    cloud.client("kinesis").start_stream_encryption(StreamName=STREAM, EncryptionType="KMS", KeyId=key)
    cloud.client("s3").create_bucket(Bucket=BUCKET)
    return {"Action": "kms:Decrypt", "Resource": key}


@pytest.fixture(scope="module")
def mill(cloud: LocalCloud, decrypt: dict[str, Any]) -> Warehouse:
    """A warehouse with what the lake makes for a dataset whose records are shown as they come."""
    made = warehouse(cloud, "mill", [cloud.role("mill-reader", [READ, LOOK, LIST, WRITE, decrypt], SERVICE)])
    made.run("create role lake_analyst")
    weather = read([Path("datasets/weather")])["weather"]
    for definition in definitions([weather], STREAM, ["lake_analyst"]):
        for statement in definition.statements:
            made.run(statement)
    return made


def send(cloud: LocalCloud, *records: bytes | dict[str, Any]) -> None:
    entries = [
        one if isinstance(one, bytes) else json.dumps({"dataset": "weather", "event_time": "2013-01-01T06:00:00Z", "record": one}).encode()
        for one in records
    ]
    for number, entry in enumerate(entries):
        cloud.client("kinesis").put_record(StreamName=STREAM, Data=entry, PartitionKey=str(number))


def test_records_are_there_as_they_come_each_once_and_one_that_is_none_hides_no_other(cloud: LocalCloud, mill: Warehouse) -> None:
    assert mill.rows("select * from live.weather") == []
    odd = {"origin": "LGA", "time_hour": "soon", "temp": "cold"}
    send(cloud, FIRST, odd, b"no JSON", b"\xff\xfe", b'"x"' + b" " * 70_000, b'{"dataset": "other", "record": {"origin": "EWR"}}')
    read_once = "select origin, time_hour, temp, wind_dir, visib from live.weather order by origin"
    wanted = [["JFK", "2013-01-01 06:00:00+00", 39.02, 260, None], ["LGA", None, None, None, None]]
    assert mill.rows(read_once) == wanted
    assert mill.rows(read_once) == wanted
    assert mill.rows(f"select count(*), count(distinct sequence_number) from {RECORDS}") == [[3, 3]]
    assert mill.rows("select count(*) from live.weather where _arrived_at > getdate() - interval '1 hour'") == [[2]]
    assert mill.rows("select name, autorefresh from svv_mv_info") == [["_records", "t"]]


def test_a_refresh_that_is_rolled_back_takes_in_the_same_records_again(cloud: LocalCloud, mill: Warehouse) -> None:
    before = mill.rows(f"select count(*) from {RECORDS}")[0][0]
    send(cloud, FIRST | {"origin": "EWR"})
    assert "not_there" in mill.fails(f"refresh materialized view {RECORDS}", "select * from not_there")
    mill.run(f"refresh materialized view {RECORDS}")
    assert mill.rows(f"select count(*) from {RECORDS}") == [[before + 1]]


@pytest.mark.parametrize("missing", ["kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords", "kms:Decrypt"])
def test_a_refresh_without_a_grant_fails_and_the_action_is_named(
    missing: str, cloud: LocalCloud, mill: Warehouse, decrypt: dict[str, Any]
) -> None:
    read = {**READ, "Action": [action for action in READ["Action"] if action != missing]}
    cloud.allow("mill-reader", [read, LOOK, LIST, WRITE, *([decrypt] if missing != "kms:Decrypt" else [])])
    try:
        why = mill.fails(f"refresh materialized view {RECORDS}")
    finally:
        cloud.allow("mill-reader", [READ, LOOK, LIST, WRITE, decrypt])
    assert f"is not authorized to perform: {missing}" in why
    mill.run(f"refresh materialized view {RECORDS}")


def test_a_stream_is_read_by_a_materialized_view_alone_and_that_by_nothing_else_changed(mill: Warehouse) -> None:
    assert "read by a materialized view alone" in mill.fails(f'select * from stream."{STREAM}"')
    assert "it is a materialized view" in mill.fails(f"delete from {RECORDS}")
    assert "use DROP MATERIALIZED VIEW" in mill.fails(f"drop table {RECORDS}")
    other = mill.fails('create materialized view live.other as select kinesis_data from stream."dry"')
    assert "stream dry" in other
    assert "is not authorized to perform: kinesis:DescribeStreamSummary" in other
    assert "does not exist" in mill.fails("refresh materialized view live.other")


def test_a_view_that_is_dropped_and_made_again_has_what_the_stream_still_has(mill: Warehouse) -> None:
    held = mill.rows(f"select count(*) from {RECORDS}")
    made = mill.rows("select definition from local_cloud.materialized_views")[0][0]
    mill.run(f"drop materialized view {RECORDS}")
    mill.run(f"drop materialized view if exists {RECORDS}")
    mill.run(f"create materialized view {RECORDS} auto refresh no as {made}")
    assert mill.rows(f"select count(*) from {RECORDS}") == [[0]]
    mill.run(f"refresh materialized view {RECORDS}")
    assert mill.rows(f"select count(*) from {RECORDS}") == held


def test_unload_writes_what_a_query_gives_and_nothing_over_what_is_there(cloud: LocalCloud, mill: Warehouse, tmp_path: Path) -> None:
    count = mill.rows("select count(*) from live.weather where origin <> 'LGA'")[0][0]
    assert mill.run(UNLOAD.format("weather_") + " format as parquet")["ResultRows"] == count > 0
    found = cloud.client("s3").get_object(Bucket=BUCKET, Key="unload/weather_0000_part_00.parquet")["Body"].read()
    (tmp_path / "found.parquet").write_bytes(found)
    assert duckdb.sql(f"select origin, temp from '{tmp_path}/found.parquet' where origin = 'JFK'").fetchall() == [("JFK", 39.02)]
    assert "is not empty" in mill.fails(UNLOAD.format("weather_") + " format parquet")
    mill.run(UNLOAD.format("weather_") + " format parquet allowoverwrite parallel off")
    mill.run(UNLOAD.format("csv/weather_") + " format csv header")
    text = io.TextIOWrapper(cloud.client("s3").get_object(Bucket=BUCKET, Key="unload/csv/weather_0000_part_00")["Body"]).read()
    assert text.splitlines()[0] == "origin,temp"


def test_unload_without_a_grant_fails_and_the_action_is_named(cloud: LocalCloud, mill: Warehouse, decrypt: dict[str, Any]) -> None:
    elsewhere = UNLOAD.replace("/unload/", "/other/").format("x") + " format parquet"
    assert "is not authorized to perform: s3:PutObject" in mill.fails(elsewhere)
    cloud.allow("mill-reader", [READ, LOOK, WRITE, decrypt])
    try:
        assert "is not authorized to perform: s3:ListBucket" in mill.fails(UNLOAD.format("y") + " format parquet")
    finally:
        cloud.allow("mill-reader", [READ, LOOK, LIST, WRITE, decrypt])
    assert "is not one of the namespace's" in mill.fails(
        UNLOAD.replace("default", "'arn:aws:iam::1:role/x'").format("y") + " format parquet"
    )
    assert "syntax error" in mill.fails(f"unload ('select from') to 's3://{BUCKET}/unload/z' iam_role default format parquet")
