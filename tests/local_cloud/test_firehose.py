"""Firehose of the local cloud: records become objects through a function, and none is lost on the way."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.local_cloud.functions import total
from tests.local_cloud.running import LocalCloud, refusal, until
from tests.local_cloud.streams import Delivery


def test_records_of_several_datasets_become_parquet_in_their_partitions(cloud: LocalCloud) -> None:
    delivery = Delivery(cloud, "several")
    delivery.send(*({"dataset": name, "n": number, "text": "a\nb"} for number in range(100) for name in ("one", "two")))
    for name in ("one", "two"):
        rows = delivery.until_rows(name, 100)
        assert sorted(json.loads(row["record"])["n"] for row in rows) == list(range(100))
        assert {row["dataset"] for row in rows} == {name}
    (key,) = delivery.keys("one/")
    assert key.startswith("one/day=2")
    assert "/several-1-" in key
    assert key.endswith(".parquet")
    assert total(cloud, "AWS/Firehose", "DeliveryToS3.Records", {"DeliveryStreamName": "several"}) == 200
    assert total(cloud, "AWS/Kinesis", "IncomingRecords", {"StreamName": "several"}) == 200


def test_what_cannot_be_delivered_is_kept_whole_with_its_reason(cloud: LocalCloud) -> None:
    delivery = Delivery(cloud, "kept")
    delivery.send({"dataset": "good"}, b"not json", {"dataset": "broken"}, {"dataset": "dropped"}, {"none": 1})
    assert len(delivery.until_rows("good", 1)) == 1
    errors = until(lambda: found if len(found := delivery.errors()) == 3 else None)
    codes = {error["rawData"]: error.get("errorCode") or error["ErrorCode"] for error in errors}
    assert codes[b"not json"] == "Lambda.ProcessingFailedStatus"
    assert codes[b"no JSON at all"] == "DataFormatConversion.ParseError"
    assert codes[b'{"none": 1}'] == "Lambda.ProcessingFailedStatus"
    assert {key.split("/")[1] for key in delivery.keys("_errors/")} == {"processing-failed", "format-conversion-failed"}
    assert all(error["attemptsMade"] == 1 and error["arrivalTimestamp"] > 1e12 for error in errors)


def test_a_function_that_never_answers_well_sends_its_records_to_the_error_prefix_after_its_retries(cloud: LocalCloud) -> None:
    delivery = Delivery(cloud, "failing", "def handler(event, context): raise ValueError('always')")
    delivery.send({"n": 1})
    (error,) = until(delivery.errors)
    assert (error["errorCode"], error["attemptsMade"], error["lambdaArn"]) == ("Lambda.FunctionError", 2, delivery.function)
    assert "always" in error["errorMessage"]


def test_a_backup_has_every_record_as_it_came_whatever_becomes_of_it(cloud: LocalCloud) -> None:
    delivery = Delivery(cloud, "backed-up", backup="backed-up-bucket")
    sent = [json.dumps({"dataset": name}).encode() for name in ("good", "dropped", "broken")] + [b"not json", b"a\nb\n", b"\x1f\x8b"]
    delivery.send(*sent)
    kept = until(lambda: found if len(found := delivery.backed_up()) == sum(map(len, sent)) else None)
    for one in sent:
        kept = kept.replace(one, b"", 1)
    assert kept == b""  # nothing else, and nothing between them
    assert len(delivery.until_rows("good", 1)) == 1
    assert all(key.endswith(".gz") for key in delivery.keys("_backup/"))
    assert total(cloud, "AWS/Firehose", "BackupToS3.Records", {"DeliveryStreamName": "backed-up"}) == len(sent)


def test_a_backup_that_cannot_be_written_holds_up_no_delivery_and_comes_later(cloud: LocalCloud) -> None:
    delivery = Delivery(cloud, "held-up", backup="held-up-later")
    delivery.send({"dataset": "one"})
    assert len(delivery.until_rows("one", 1)) == 1
    until(lambda: "PutObject" in delivery.log())
    cloud.client("s3").create_bucket(Bucket="held-up-later")
    cloud.allow("held-up-role", [*delivery.statements(), {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::held-up-later/*"}])
    s3 = cloud.client("s3")
    (found,) = until(lambda: s3.list_objects_v2(Bucket="held-up-later").get("Contents"))
    assert found["Key"].startswith("_backup/day=2")


def test_an_answer_that_is_lost_once_and_a_delivery_that_is_repeated_double_records_and_lose_none(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    delivery = Delivery(own_cloud, "faulty")
    (own_cloud.home / "faults.json").write_text(json.dumps({"lost_answers": 1, "repeated_deliveries": 1}))
    delivery.send(*({"dataset": "one", "n": number} for number in range(10)))
    rows = until(lambda: found if len(found := delivery.rows("one")) == 20 else None)
    assert Counter(json.loads(row["record"])["n"] for row in rows) == dict.fromkeys(range(10), 2)


def test_what_is_buffered_outlives_the_local_cloud_that_buffered_it(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    delivery = Delivery(own_cloud, "stopped", interval=300)
    delivery.send(*({"dataset": "one", "n": number} for number in range(10)))
    until(lambda: list((own_cloud.home / "firehose").rglob("*.jsonl")))
    delivery.send(*({"dataset": "one", "n": number} for number in range(10, 20)))
    own_cloud.end()
    own_cloud.start()
    assert sorted(json.loads(row["record"])["n"] for row in delivery.until_rows("one", 20)) == list(range(20))


@pytest.mark.parametrize(
    "action",
    ["kinesis:GetRecords", *(pytest.param(action, marks=pytest.mark.matrix) for action in ("s3:PutObject", "glue:GetTable"))],
)
def test_a_delivery_that_misses_a_grant_says_which_and_goes_on_when_it_gets_it(cloud: LocalCloud, action: str) -> None:
    delivery = Delivery(cloud, f"without-{action.partition(':')[0]}")
    cloud.allow(f"{delivery.name}-role", delivery.statements(without=action))
    delivery.send({"dataset": "one"})
    assert until(lambda: "AccessDenied" in delivery.log() and action in delivery.log())
    assert not delivery.keys()
    cloud.allow(f"{delivery.name}-role", delivery.statements())
    assert len(delivery.until_rows("one", 1)) == 1


def test_a_function_that_may_not_be_invoked_leaves_its_records_under_the_error_prefix(cloud: LocalCloud) -> None:
    delivery = Delivery(cloud, "uninvokable")
    cloud.allow("uninvokable-role", delivery.statements(without="lambda:InvokeFunction"))
    delivery.send({"dataset": "one"})
    (error,) = until(delivery.errors)
    assert error["errorCode"] == "Lambda.InvokeAccessDenied"
    assert "lambda:InvokeFunction" in error["errorMessage"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"S3BackupMode": "Enabled"}, "without an S3BackupConfiguration"),
        ({"S3BackupMode": "Enabled", "S3BackupConfiguration": {"CompressionFormat": "Snappy"}}, "the compression Snappy of a backup"),
        ({"S3BackupMode": "Enabled", "S3BackupConfiguration": {"Prefix": "b/!{timestamp:yyyy}/"}}, "without an ErrorOutputPrefix"),
        ({"S3BackupMode": "Enabled", "S3BackupConfiguration": {"Prefix": "!{partitionKeyFromLambda:a}/"}}, "a partition key in the prefix"),
        ({"CompressionFormat": "GZIP"}, "the compression GZIP"),
        ({"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}}, "a buffer of 5 MiB with dynamic partitioning"),
        ({"Prefix": "!{partitionKeyFromQuery:a}/"}, "partitionKeyFromQuery"),
    ],
)
def test_a_delivery_that_would_not_be_in_effect_is_refused_by_name(cloud: LocalCloud, changed: dict[str, Any], why: str) -> None:
    place = {"BucketARN": "arn:aws:s3:::b", "RoleARN": "arn:aws:iam::000000000000:role/r"}
    destination = place | {"ErrorOutputPrefix": "e/"}
    if "S3BackupConfiguration" in changed:
        changed = changed | {"S3BackupConfiguration": place | changed["S3BackupConfiguration"]}
    given = destination | {
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
    }
    told = refusal(
        cloud.client("firehose").create_delivery_stream,
        DeliveryStreamName="refused",
        DeliveryStreamType="KinesisStreamAsSource",
        ExtendedS3DestinationConfiguration=given | changed,
    )
    assert why in told
