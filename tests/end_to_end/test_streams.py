"""Records that come one by one: sent by the verb and by the producer of the documentation, and counted to the end, whatever goes wrong."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.common import sample
from cli.stream import enveloped
from tests.end_to_end.lake import ROOT, Lake, Rows, closes, eventually

PRODUCER = re.compile(r"A producer of your own.*?```python\n(?P<code>.*?)```", re.DOTALL)
ACCOUNTS = ("read", "inserted", "updated", "unchanged", "duplicate", "quarantined")
BROKEN = {
    "not JSON at all": "it is not JSON",
    '{"origin": "JFK"}{"origin": "LGA"}': "a comma or a closing brace is expected",
    '["a list"]': "record is ['a list'], expected an object",
    '{"origin": "JFK", "deep": ' + "[" * 50_000 + "]" * 50_000 + "}": "it is nested too deeply to be read",
}
"""Records that the verb puts into an envelope all the same -> what is said of them."""
ODD = {
    b"poison": "it starts with 'p', expected an object",
    b"": "it is empty",
    b"\xff\x00": "byte 0xff at 0 is not UTF-8",
    b'{"dataset": "wether", "record": {}}': "dataset is 'wether', expected one that takes records of the stream",
    b'{"dataset": "weather", "record": {}}\n{"dataset": "weather", "record": {}}': "more follows after its end",
    b'{"dataset": "weather", "event_time": 7, "record": {}}': "expected a time with its zone",
    b'{"dataset": "weather", "record": {}, "more": 1}': "the envelope has 'more'",
}
"""What other producers send -> what is said of it."""


def day(number: int, hours: Sequence[int] = range(24)) -> list[dict[str, Any]]:
    """Return observations of weather of a January day, at one place."""
    return [{"origin": "EWR", "time_hour": f"2013-01-{number:02}T{hour:02}:00:00Z", "temp": 39.0 + hour} for hour in hours]


def written(folder: Path, name: str, lines: Sequence[Any]) -> Path:
    path = folder / name
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def accounts(lake: Lake) -> dict[str, int]:
    """Return the sum of the accounts of all objects of weather, which close."""
    objects = lake.ledger("weather", "object#")
    assert closes(objects)
    return {name: sum(item.get(name, 0) for item in objects) for name in ACCOUNTS}


def settle(lake: Lake, holds: Any, what: str) -> None:
    """Wait until Firehose has delivered, and the refreshes that follow are over."""
    eventually(holds, what)
    lake.wait()


def delivered(lake: Lake, number: int) -> Any:
    return lambda: len(lake.ledger("weather", "object#")) >= number


def errors(lake: Lake) -> Rows:
    """Return code and record of all that could not be delivered, each once; what the transform refused has none of Firehose's codes."""
    of_firehose, refused = (
        "select errorcode, rawdata from lake_raw.stream_errors",
        "select 'refused' as errorcode, rawdata from lake_raw.stream_refused",
    )
    return lake.query(f"{of_firehose} union {refused}")


def told(lake: Lake) -> list[tuple[str, str]]:
    """Return record and reason of all that could not be delivered, as the verb shows them."""
    return [(one["record"], one["reason"]) for one in json.loads(lake.run("errors", "--format", "json").stdout)]


def put(lake: Lake, *records: bytes) -> None:
    """Send records as they are."""
    entries = [{"Data": record, "PartitionKey": str(number)} for number, record in enumerate(records)]
    answer = lake.client("kinesis").put_records(StreamName=lake.output("StreamName"), Records=entries)
    assert answer["FailedRecordCount"] == 0


def pushed(lake: Lake, consumer: str) -> list[bytes]:
    """Return all records of the stream up to now, as they are pushed to a consumer."""
    kinesis, name = lake.client("kinesis"), lake.output("StreamName")
    stream = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    consumers = kinesis.list_stream_consumers(StreamARN=stream)["Consumers"]
    (arn,) = [one["ConsumerARN"] for one in consumers if one["ConsumerName"] == consumer]
    found: list[bytes] = []
    for shard in kinesis.list_shards(StreamName=name)["Shards"]:
        subscription = {"ConsumerARN": arn, "ShardId": shard["ShardId"], "StartingPosition": {"Type": "TRIM_HORIZON"}}
        with closing(kinesis.subscribe_to_shard(**subscription)["EventStream"]) as events:
            for event in events:
                found += [record["Data"] for record in event["SubscribeToShardEvent"]["Records"]]
                if not event["SubscribeToShardEvent"]["MillisBehindLatest"]:
                    break
    return found


def backed_up(lake: Lake) -> bytes:
    """Return what the delivery kept as it came."""
    s3, bucket = lake.client("s3"), lake.output("RawBucket")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="_backup/stream/ingest_date=").get("Contents", [])]
    return b"".join(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys)


def fault(lake: Lake, **faults: int) -> None:
    (lake.home / "faults.json").write_text(json.dumps(faults))


def log(lake: Lake) -> str:
    events = lake.client("logs").filter_log_events(logGroupName="/aws/kinesisfirehose/lake-delivery")["events"]
    return "\n".join(event["message"] for event in events)


def delivery_policy(lake: Lake) -> tuple[str, str, dict[str, Any]]:
    """Return role, name and document of the policy of the delivery."""
    iam = lake.client("iam")
    described = lake.client("firehose").describe_delivery_stream(DeliveryStreamName="lake-delivery")["DeliveryStreamDescription"]
    role = described["Source"]["KinesisStreamSourceDescription"]["RoleARN"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return role, name, iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def allow(lake: Lake, role: str, name: str, document: dict[str, Any], without: str = "") -> None:
    left = [statement for statement in document["Statement"] if statement["Sid"] != without]
    lake.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps({**document, "Statement": left}))


def test_what_is_sent_is_processed_duplicate_quarantined_or_among_the_errors_and_errors_arrive_once_mended(
    deployed: tuple[Lake, Path], lake: Lake, tmp_path: Path
) -> None:
    hot = {"origin": "EWR", "time_hour": "2013-01-02T00:00:00Z", "temp": "hot"}
    records = [*day(1), *day(1, range(3)), hot, *BROKEN]
    fault(lake, throttled_records=5, lost_answers=1, repeated_deliveries=2)  # of records and of errors
    said = lake.run("stream", "weather", written(tmp_path, "first.jsonl", records)).stdout
    assert f"accepted {len(records)} records of weather" in said
    assert "were turned away at first, and sent again" in said
    put(lake, *ODD)
    settle(lake, delivered(lake, 2), "a delivery and its repetition")
    broken = len(BROKEN) + len(ODD)
    eventually(lambda: len(errors(lake)) == broken, "all broken records among the errors")
    reasons = told(lake)
    for record, wanted in {**{enveloped("weather", one).decode(): wanted for one, wanted in BROKEN.items()}, **shown(ODD)}.items():
        assert [reason for one, reason in reasons if one == record and wanted in reason], (record[:100], wanted)
    asked = lake.query("select distinct reason, from_utf8(from_base64(rawdata)) as record from lake_raw.stream_refused")
    readable = {(row["record"], row["reason"]) for row in asked if "is not UTF-8" not in row["reason"]}
    assert readable == {one for one in reasons if "is not UTF-8" not in one[1]}
    assert len(asked) == len(readable) + 1
    total = accounts(lake)
    # the delivery came twice, and each time all but the broken ones are accounted for
    assert total["read"] == 2 * (len(records) - len(BROKEN))
    assert (total["inserted"], total["updated"]) == (24, 0)
    assert lake.query("select count(*) as rows from lake_processed.weather") == [{"rows": 24}]
    all_sent = [*ODD, *(enveloped("weather", one if isinstance(one, str) else json.dumps(one)) for one in records)]
    assert sorted(pushed(lake, "fraud")) == sorted(all_sent)
    eventually(lambda: len(backed_up(lake)) == sum(map(len, all_sent)), "a copy of all that was sent")
    apart = lake.query("select distinct array_join(_reasons, '; ') as why from lake_processed.weather_quarantine")
    assert ["hot" in row["why"] for row in apart] == [True]

    # the transform may not be invoked any more: a second day ends among the errors, and arrives once that is mended
    role, name, document = delivery_policy(lake)
    allow(lake, role, name, document, without="Transform")
    produce(lake, tmp_path, day(3))
    eventually(lambda: len(errors(lake)) == broken + 24, "the second day among the errors")
    assert {row["errorcode"] for row in errors(lake)} == {"refused", "Lambda.InvokeAccessDenied"}
    assert len([reason for _, reason in told(lake) if reason.startswith("Lambda.InvokeAccessDenied: ")]) == 24
    allow(lake, role, name, document)
    before = len(told(lake))
    refused = number_sent(lake.run("redrive-stream").stdout) - 24
    assert refused == before - 24 >= broken
    settle(lake, delivered(lake, 3), "the delivery of what was sent again")
    assert lake.query("select count(*) as rows from lake_processed.weather") == [{"rows": 48}]
    assert accounts(lake)["inserted"] == 48
    # what is still refused is an error again; what arrived is done with
    eventually(lambda: len(told(lake)) == before + refused, "the errors that are still errors")
    eventually(lambda: len(lake.ledger("_errors", "object#")) == number_of_errors(lake), "all of them in the ledger")
    assert number_sent(lake.run("redrive-stream").stdout) == refused
    assert "sent 0 records of 0 objects" in lake.run("redrive-stream", "--since", "2099-01-01").stdout


def shown(records: dict[bytes, str]) -> dict[str, str]:
    return {record.decode(errors="backslashreplace"): why for record, why in records.items()}


def number_of_errors(lake: Lake) -> int:
    """Return the number of objects that hold what could not be delivered."""
    s3, bucket = lake.client("s3"), lake.output("RawBucket")
    return sum(int(s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"]) for prefix in ("_errors/stream/", "_refused/stream/"))


def number_sent(said: str) -> int:
    return int(re.findall(r"sent ([\d,]+) records", said)[0].replace(",", ""))


@pytest.mark.matrix
def test_a_record_that_the_stream_does_not_take_is_named_and_those_beside_it_arrive(
    deployed: tuple[Lake, Path], lake: Lake, tmp_path: Path
) -> None:
    lake.restore(deployed[1])
    large = {"origin": "EWR", "text": "x" * 1_100_000}
    failed = lake.run("stream", "weather", written(tmp_path, "large.jsonl", [*day(1, range(3)), large, *day(1, range(3, 5))]), fails=True)
    assert "line 4: it has 1,100," in failed.stderr
    assert "accepted 5 records of weather" in failed.stdout
    settle(lake, delivered(lake, 1), "the delivery of the others")
    assert lake.query("select count(*) as rows from lake_processed.weather") == [{"rows": 5}]


def produce(lake: Lake, folder: Path, records: list[dict[str, Any]]) -> None:
    """Send records by the producer of the documentation, as a program of its own."""
    found = PRODUCER.search((ROOT / "docs" / "streams.md").read_text(encoding="utf-8"))
    assert found is not None
    program = folder / "producer.py"
    call = f"send({lake.output('StreamName')!r}, 'weather', json.loads({json.dumps(records)!r}), ('origin', 'time_hour'))"
    program.write_text(f"{found['code']}\n{call}\n", encoding="utf-8")
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    subprocess.run([sys.executable, str(program)], check=True, env={"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": lake.url, **keys})


@pytest.mark.matrix
def test_a_replay_changes_nothing_that_is_there_and_brings_what_is_gone(deployed: tuple[Lake, Path], lake: Lake, tmp_path: Path) -> None:
    lake.restore(deployed[1])
    lake.run("stream", "weather", written(tmp_path, "earlier.jsonl", day(1, range(6))))
    between = datetime.now(UTC).isoformat()
    lake.run("stream", "weather", written(tmp_path, "day.jsonl", [*day(1, range(6, 24)), "not JSON"]))
    settle(lake, lambda: accounts(lake)["inserted"] == 24, "all of the day")
    said = lake.run("replay-stream", "weather", "--since", between, "--from", "stream").stdout
    assert "18 records in 1 objects" in said  # what came before is left where it is
    for origin in ("raw", "stream"):
        before = len(lake.ledger("weather", "object#"))
        said = lake.run("replay-stream", "weather", "--since", "2020-01-01", "--from", origin).stdout
        assert ("24 records in 1 objects" if origin == "stream" else "objects are read again") in said
        settle(lake, delivered(lake, before + (origin == "stream")), "a replay")
        assert not any("pending" in item for item in lake.ledger("weather", "object#"))
        assert lake.query("select count(*) as rows from lake_processed.weather") == [{"rows": 24}]
    assert "no records of weather" in lake.run("replay-stream", "weather", "--since", "2099-01-01", "--from", "stream").stdout


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("sid", "action"), [("ReadStream", "kinesis:DescribeStream"), ("Deliver", "s3:PutObject"), ("UseKey", "kms:Decrypt")]
)
def test_a_delivery_without_a_statement_names_what_is_denied_and_loses_nothing(
    sid: str, action: str, deployed: tuple[Lake, Path], lake: Lake, tmp_path: Path
) -> None:
    lake.restore(deployed[1])
    role, name, document = delivery_policy(lake)
    allow(lake, role, name, document, without=sid)
    lake.run("stream", "weather", written(tmp_path, "day.jsonl", day(1)))
    eventually(lambda: "AccessDenied" in log(lake) and action in log(lake), f"a denial of {action}")
    allow(lake, role, name, document)
    settle(lake, delivered(lake, 1), "the delivery")
    assert lake.query("select count(*) as rows from lake_processed.weather") == [{"rows": 24}]


@pytest.mark.matrix
def test_a_month_of_real_weather_is_the_same_by_the_stream_as_by_a_file(deployed: tuple[Lake, Path], lake: Lake, tmp_path: Path) -> None:
    lake.restore(deployed[1])
    header, *rows = sample.whole("weather").read_text(encoding="utf-8").splitlines()
    month = written(tmp_path, "month.csv", [header, *rows[:740]])
    columns = "origin, time_hour, temp, wind_dir, wind_speed, precip, pressure, visib"
    sql = f"select {columns} from lake_processed.weather order by origin, time_hour"
    lake.run("stream", "weather", month, "--rate", "2000")
    settle(lake, delivered(lake, 1), "the delivery")
    streamed = lake.query(sql)
    lake.restore(deployed[1])
    lake.land("weather", month)
    lake.wait()
    assert lake.query(sql) == streamed
    assert len(streamed) > 700
