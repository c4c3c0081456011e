"""Kinesis of the local cloud: what is put is got, in order, from wherever one likes, by whoever may."""

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local_cloud.running import ACCOUNT, LocalCloud, refusal

STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream"
SHARD = "shardId-000000000000"


def make(cloud: LocalCloud, name: str, shards: int = 1) -> Any:
    kinesis = cloud.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    return kinesis


def put(kinesis: Any, name: str, *data: bytes) -> list[dict[str, Any]]:
    entries = [{"Data": one, "PartitionKey": str(number)} for number, one in enumerate(data)]
    found: list[dict[str, Any]] = kinesis.put_records(StreamName=name, Records=entries)["Records"]
    return found


def got(kinesis: Any, name: str, shard: str = SHARD, **where: Any) -> list[bytes]:
    """Return the data from a place to the end of a shard."""
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, **where)["ShardIterator"]
    found: list[bytes] = []
    while True:
        answer = kinesis.get_records(ShardIterator=iterator, Limit=3)
        found += [record["Data"] for record in answer["Records"]]
        iterator = answer["NextShardIterator"]
        if not answer["MillisBehindLatest"] and not answer["Records"]:
            return found


def test_records_are_got_in_their_order_from_every_kind_of_place(cloud: LocalCloud) -> None:
    kinesis = make(cloud, "places")
    data = [b"%d" % number for number in range(8)]
    written = put(kinesis, "places", *data)
    numbers = [one["SequenceNumber"] for one in written]
    assert numbers == sorted(numbers)
    assert got(kinesis, "places", ShardIteratorType="TRIM_HORIZON") == data
    assert got(kinesis, "places", ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[5]) == data[5:]
    assert got(kinesis, "places", ShardIteratorType="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[5]) == data[6:]
    now = datetime.now(UTC)
    assert got(kinesis, "places", ShardIteratorType="AT_TIMESTAMP", Timestamp=now - timedelta(minutes=1)) == data
    assert got(kinesis, "places", ShardIteratorType="AT_TIMESTAMP", Timestamp=now + timedelta(minutes=1)) == []
    assert got(kinesis, "places", ShardIteratorType="LATEST") == []


def test_a_partition_key_decides_the_shard(cloud: LocalCloud) -> None:
    kinesis = make(cloud, "sharded", shards=4)
    shards = {record["ShardId"] for record in put(kinesis, "sharded", *[b"x"] * 50)}
    assert len(shards) == 4
    first, second = (kinesis.put_record(StreamName="sharded", Data=b"y", PartitionKey="one")["ShardId"] for _ in range(2))
    assert first == second


def test_what_is_over_the_limits_is_refused(cloud: LocalCloud) -> None:
    kinesis = make(cloud, "limits")
    key = {"PartitionKey": "k"}
    assert kinesis.put_record(StreamName="limits", Data=b"x" * 1_048_575, **key)["SequenceNumber"]
    assert "less than or equal to 1048576" in refusal(kinesis.put_record, StreamName="limits", Data=b"x" * 1_048_576, **key)
    many = [{"Data": b"x", **key}] * 501
    assert "501 entries" in refusal(kinesis.put_records, StreamName="limits", Records=many)
    large = [{"Data": b"x" * 1_000_000, **key}] * 6
    assert "size exceeds" in refusal(kinesis.put_records, StreamName="limits", Records=large)
    assert "ResourceNotFound" in refusal(kinesis.put_record, StreamName="none", Data=b"x", **key)
    unknown = {"ShardId": "shardId-000000000000", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "7"}
    assert "InvalidArgument" in refusal(kinesis.get_shard_iterator, StreamName="limits", **unknown)
    assert "InvalidArgument" in refusal(kinesis.get_records, ShardIterator="none")


def test_records_are_turned_away_on_demand_as_often_as_it_says(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    kinesis = make(own_cloud, "busy")
    (own_cloud.home / "faults.json").write_text(json.dumps({"throttled_records": 3}))
    first, second = put(kinesis, "busy", b"a", b"b", b"c", b"d"), put(kinesis, "busy", b"e", b"f", b"g")
    assert ["ErrorCode" in result for result in [*first, *second]] == [True, False, True, False, True, False, False]
    assert got(kinesis, "busy", ShardIteratorType="TRIM_HORIZON") == [b"b", b"d", b"f", b"g"]
    assert first[0]["ErrorCode"] == "ProvisionedThroughputExceededException"


@pytest.mark.parametrize("how", [pytest.param("stopped", marks=pytest.mark.matrix), "killed"])
def test_records_outlive_the_local_cloud(own_cloud: LocalCloud, how: str) -> None:
    own_cloud.start()
    kinesis = make(own_cloud, "kept")
    if how == "killed":
        own_cloud.end()  # the stream itself is known after a stop
        own_cloud.start()
    numbers = [one["SequenceNumber"] for one in put(kinesis, "kept", b"a", b"b")]
    own_cloud.end(signal.SIGKILL if how == "killed" else signal.SIGTERM)
    own_cloud.start()
    assert got(kinesis, "kept", ShardIteratorType="TRIM_HORIZON") == [b"a", b"b"]
    (later,) = put(kinesis, "kept", b"c")
    assert later["SequenceNumber"] > numbers[-1]


def test_a_stream_that_is_made_again_is_empty(cloud: LocalCloud) -> None:
    kinesis = make(cloud, "again")
    put(kinesis, "again", b"old")
    kinesis.delete_stream(StreamName="again")
    make(cloud, "again")
    assert got(kinesis, "again", ShardIteratorType="TRIM_HORIZON") == []


def test_who_reads_and_writes_needs_the_stream_and_its_key(cloud: LocalCloud) -> None:
    kinesis = make(cloud, "locked")
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    kinesis.start_stream_encryption(StreamName="locked", EncryptionType="KMS", KeyId=key)
    role = cloud.role(
        "producer", [{"Action": ["kinesis:PutRecords", "kinesis:GetRecords", "kinesis:GetShardIterator"], "Resource": f"{STREAM}/locked"}]
    )
    own = cloud.client("kinesis", cloud.assume(role))
    records = [{"Data": b"x", "PartitionKey": "k"}]
    assert "AccessDenied" in refusal(own.put_records, StreamName="locked", Records=records)
    cloud.allow(
        "producer",
        [
            {"Action": ["kinesis:PutRecords", "kinesis:GetRecords", "kinesis:GetShardIterator"], "Resource": f"{STREAM}/locked"},
            {"Action": "kms:GenerateDataKey", "Resource": key},
        ],
    )
    assert own.put_records(StreamName="locked", Records=records)["FailedRecordCount"] == 0
    iterator = own.get_shard_iterator(StreamName="locked", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    assert "AccessDenied" in refusal(own.get_records, ShardIterator=iterator)
    make(cloud, "others")
    assert "kinesis:PutRecords" in refusal(own.put_records, StreamName="others", Records=records)


def pushed(kinesis: Any, consumer: str, count: int, shard: str = SHARD, **starting: Any) -> list[dict[str, Any]]:
    """Return the first records that are pushed to a consumer."""
    found: list[dict[str, Any]] = []
    with closing(
        kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=shard, StartingPosition={"Type": "TRIM_HORIZON"} | starting)["EventStream"]
    ) as events:
        for event in events:
            found += event["SubscribeToShardEvent"]["Records"]
            if len(found) >= count:
                break
    return found


def test_each_consumer_is_pushed_every_record_those_that_come_later_too(cloud: LocalCloud) -> None:
    kinesis = make(cloud, "pushing")
    arns = [kinesis.register_stream_consumer(StreamARN=f"{STREAM}/pushing", ConsumerName=name)["Consumer"]["ConsumerARN"] for name in "ab"]
    assert [one["ConsumerName"] for one in kinesis.list_stream_consumers(StreamARN=f"{STREAM}/pushing")["Consumers"]] == ["a", "b"]
    numbers = [one["SequenceNumber"] for one in put(kinesis, "pushing", b"1", b"2")]
    with ThreadPoolExecutor() as threads:
        waiting = [threads.submit(pushed, kinesis, arn, 3) for arn in arns]
        put(kinesis, "pushing", b"3")
        found = [one.result() for one in waiting]
    assert [[one["Data"] for one in records] for records in found] == [[b"1", b"2", b"3"]] * 2
    assert [one["SequenceNumber"] for one in found[0][:2]] == numbers
    later = kinesis.register_stream_consumer(StreamARN=f"{STREAM}/pushing", ConsumerName="later")["Consumer"]["ConsumerARN"]
    assert [one["Data"] for one in pushed(kinesis, later, 1, Type="AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1])] == [b"3"]


def test_a_consumer_has_one_subscription_to_a_shard_and_needs_a_grant_and_the_key(cloud: LocalCloud) -> None:
    kinesis = make(cloud, "subscribed")
    arn = kinesis.register_stream_consumer(StreamARN=f"{STREAM}/subscribed", ConsumerName="c")["Consumer"]["ConsumerARN"]
    asked = {"ConsumerARN": arn, "ShardId": SHARD, "StartingPosition": {"Type": "LATEST"}}
    with closing(kinesis.subscribe_to_shard(**asked)["EventStream"]):
        assert "ResourceInUse" in refusal(kinesis.subscribe_to_shard, **asked)
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    kinesis.start_stream_encryption(StreamName="subscribed", EncryptionType="KMS", KeyId=key)
    role = cloud.role("subscriber", [{"Action": "kinesis:SubscribeToShard", "Resource": f"{STREAM}/subscribed"}])
    own = cloud.client("kinesis", cloud.assume(role))
    assert "kinesis:SubscribeToShard" in refusal(own.subscribe_to_shard, **asked)
    cloud.allow("subscriber", [{"Action": "kinesis:SubscribeToShard", "Resource": f"{STREAM}/subscribed/consumer/*"}])
    assert "kms:Decrypt" in refusal(own.subscribe_to_shard, **asked)
    kinesis.deregister_stream_consumer(ConsumerARN=arn)
    assert "ResourceNotFound" in refusal(kinesis.subscribe_to_shard, **asked)


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("split_shard", {"StreamName": "any", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "1"}),
        ("update_shard_count", {"StreamName": "any", "TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"}),
    ],
)
def test_what_is_not_in_the_local_cloud_is_refused_by_name(cloud: LocalCloud, operation: str, given: dict[str, Any]) -> None:
    assert "is not in the local cloud" in refusal(getattr(cloud.client("kinesis"), operation), **given)


def test_a_stack_registers_consumers_and_deregisters_what_it_no_longer_has(cloud: LocalCloud) -> None:
    stream = {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "stacked", "ShardCount": 1}}
    consumers = {
        name.title(): {
            "Type": "AWS::Kinesis::StreamConsumer",
            "Properties": {"ConsumerName": name, "StreamARN": {"Fn::GetAtt": ["Stream", "Arn"]}},
        }
        for name in ("fraud", "other")
    }
    outputs = {
        "Ref": {"Ref": "Fraud"},
        "Arn": {"Fn::GetAtt": ["Fraud", "ConsumerARN"]},
        "Status": {"Fn::GetAtt": ["Fraud", "ConsumerStatus"]},
    }
    told = cloud.deploy("stacked", {"Stream": stream, **consumers}, outputs)
    assert told["Ref"] == told["Arn"]
    assert told["Status"] == "ACTIVE"
    kinesis = cloud.client("kinesis")
    put(kinesis, "stacked", b"x")
    assert [one["Data"] for one in pushed(kinesis, told["Arn"], 1)] == [b"x"]
    cloud.deploy("stacked", {"Stream": stream, "Fraud": consumers["Fraud"]}, outputs)
    left = kinesis.list_stream_consumers(StreamARN=f"{STREAM}/stacked")["Consumers"]
    assert [one["ConsumerName"] for one in left] == ["fraud"]
