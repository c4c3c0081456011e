"""Firehose of the local cloud: records become objects through a function, and none is lost on the way."""

import json
from collections import Counter
from typing import Any

import pytest

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
        ({"S3BackupMode": "Enabled"}, "a backup of the source"),
        ({"CompressionFormat": "GZIP"}, "the compression GZIP"),
        ({"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}}, "a buffer of 5 MiB with dynamic partitioning"),
        ({"Prefix": "!{partitionKeyFromQuery:a}/"}, "partitionKeyFromQuery"),
    ],
)
def test_a_delivery_that_would_not_be_in_effect_is_refused_by_name(cloud: LocalCloud, changed: dict[str, Any], why: str) -> None:
    destination = {"BucketARN": "arn:aws:s3:::b", "RoleARN": "arn:aws:iam::000000000000:role/r", "ErrorOutputPrefix": "e/"}
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
