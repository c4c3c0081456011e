import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local_cloud.running import ACCOUNT, LocalCloud, until

QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/"
PASS = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}


def queue(cloud: LocalCloud, name: str, service: str | None = "events.amazonaws.com") -> str:
    """Make a queue that a service may send to, and return its ARN."""
    url = cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    if service:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": QUEUE + name}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return QUEUE + name


def message(cloud: LocalCloud, arn: str) -> dict[str, Any]:
    sqs, name = cloud.client("sqs"), arn.rpartition(":")[2]
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found: list[dict[str, Any]] = until(lambda: sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages"))
    return found[0]


def rule(cloud: LocalCloud, name: str, pattern: dict[str, Any], target: dict[str, Any]) -> None:
    cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule=name, Targets=[{"Id": "target"} | target])


def send(cloud: LocalCloud, source: str, detail: dict[str, Any]) -> None:
    entry = {"Source": source, "DetailType": "Dataset Refreshed", "Detail": json.dumps(detail)}
    assert cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_an_object_is_announced_with_version_size_etag_and_sequencer(cloud: LocalCloud) -> None:
    s3, target = cloud.client("s3"), queue(cloud, "announced")
    s3.create_bucket(Bucket="announces")
    s3.put_bucket_versioning(Bucket="announces", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket="announces", NotificationConfiguration={"EventBridgeConfiguration": {}})
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["announces"]}}}
    rule(cloud, "announced", pattern, {"Arn": target})
    put = s3.put_object(Bucket="announces", Key="flights/files/a b.csv", Body=b"text")
    event = json.loads(message(cloud, target)["Body"])
    announced = event["detail"]["object"]
    assert announced.pop("sequencer")
    assert announced == {"key": "flights/files/a b.csv", "size": 4, "etag": put["ETag"].strip('"'), "version-id": put["VersionId"]}
    assert datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ").year >= 2024  # to the second


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_rule_starts_a_state_machine_with_the_event(kind: str, cloud: LocalCloud) -> None:
    machines, source = cloud.client("stepfunctions"), f"test.{kind}"
    role = cloud.role(f"started-{kind}", [], "states.amazonaws.com")
    arn = machines.create_state_machine(name=f"started-{kind}", definition=json.dumps(PASS), roleArn=role, type=kind)["stateMachineArn"]
    starter = cloud.role(f"starts-{kind}", [{"Action": "states:StartExecution", "Resource": arn}], "events.amazonaws.com")
    rule(cloud, f"starts-{kind}", {"source": [source]}, {"Arn": arn, "RoleArn": starter})
    send(cloud, source, {"dataset": "flights"})
    started = until(lambda: machines.list_executions(stateMachineArn=arn)["executions"])
    given = json.loads(machines.describe_execution(executionArn=started[0]["executionArn"])["input"])
    assert (given["source"], given["detail-type"], given["detail"]) == (source, "Dataset Refreshed", {"dataset": "flights"})


@pytest.mark.parametrize(
    ("case", "grants", "code"),
    [
        ("grantless", [], "AccessDeniedException"),
        ("targetless", [{"Action": "states:StartExecution", "Resource": "*"}], "StateMachineDoesNotExist"),
    ],
)
def test_an_event_that_its_target_does_not_take_goes_to_the_dead_letter_queue(
    case: str, grants: list[dict[str, Any]], code: str, cloud: LocalCloud
) -> None:
    dead, arn = queue(cloud, case), f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:no-such"
    role = cloud.role(case, grants, "events.amazonaws.com")
    rule(cloud, case, {"source": [case]}, {"Arn": arn, "RoleArn": role, "DeadLetterConfig": {"Arn": dead}})
    send(cloud, case, {"dataset": "flights"})
    found = message(cloud, dead)
    assert json.loads(found["Body"])["detail"] == {"dataset": "flights"}
    said = {name: attribute["StringValue"] for name, attribute in found["MessageAttributes"].items()}
    assert (said["RULE_ARN"], said["TARGET_ARN"], said["ERROR_CODE"]) == (RULE + case, arn, code)


def test_an_event_that_nobody_takes_is_reported_lost(cloud: LocalCloud) -> None:
    target = queue(cloud, "closed", service=None)
    rule(cloud, "lost", {"source": ["lost"]}, {"Arn": target})
    send(cloud, "lost", {})
    log = cloud.home / "log" / "local-cloud.log"
    until(lambda: f"an event of {RULE}lost for {target} is lost: NO_PERMISSIONS" in log.read_text())


def test_an_event_is_lost_where_the_key_of_the_dead_letter_queue_is_not_for_rules(cloud: LocalCloud) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    dead = queue(cloud, "keyless")
    url = cloud.client("sqs").get_queue_url(QueueName="keyless")["QueueUrl"]
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
    arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:no-such"
    rule(cloud, "keyless", {"source": ["keyless"]}, {"Arn": arn, "DeadLetterConfig": {"Arn": dead}})
    send(cloud, "keyless", {})
    log = cloud.home / "log" / "local-cloud.log"
    until(lambda: f"the policy of {key}, the key of {dead}, does not let events.amazonaws.com use it" in log.read_text())


def test_a_message_on_a_topic_can_be_read_from_a_queue_that_subscribes(cloud: LocalCloud) -> None:
    sns, target = cloud.client("sns"), queue(cloud, "failures", "sns.amazonaws.com")
    topic = sns.create_topic(Name="failures")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=target)
    sns.publish(TopicArn=topic, Subject="flights", Message="the refresh failed")
    assert json.loads(message(cloud, target)["Body"])["Message"] == "the refresh failed"


def test_an_object_of_a_multipart_upload_is_dated_by_its_start_and_announced_by_its_end(cloud: LocalCloud) -> None:
    s3, target = cloud.client("s3"), queue(cloud, "uploaded")
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_notification_configuration(Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}})
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["uploads"]}}}
    rule(cloud, "uploaded", pattern, {"Arn": target})
    began = datetime.now(UTC)
    upload = {"Bucket": "uploads", "Key": "large", "UploadId": s3.create_multipart_upload(Bucket="uploads", Key="large")["UploadId"]}
    tag = s3.upload_part(**upload, PartNumber=1, Body=b"text")["ETag"]
    until(lambda: datetime.now(UTC) - began > timedelta(seconds=2))
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    dated = s3.head_object(Bucket="uploads", Key="large")["LastModified"]
    announced = datetime.fromisoformat(json.loads(message(cloud, target)["Body"])["time"])
    assert dated - began < timedelta(seconds=2) <= announced - dated + timedelta(seconds=1)  # both are told to the second


def test_of_many_events_at_once_none_is_lost(cloud: LocalCloud) -> None:
    machines = cloud.client("stepfunctions")
    role = cloud.role("started-many", [], "states.amazonaws.com")
    arn = machines.create_state_machine(name="started-many", definition=json.dumps(PASS), roleArn=role, type="EXPRESS")["stateMachineArn"]
    starter = cloud.role("starts-many", [{"Action": "states:StartExecution", "Resource": arn}], "events.amazonaws.com")
    rule(cloud, "many", {"source": ["test.many"]}, {"Arn": arn, "RoleArn": starter})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: send(cloud, "test.many", {"number": number}), range(200)))
    until(lambda: len(machines.list_executions(stateMachineArn=arn, maxResults=1000)["executions"]) == 200)
