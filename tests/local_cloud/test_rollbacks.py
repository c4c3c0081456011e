"""A deploy that fails in the middle is undone as CloudFormation undoes it: nothing of it is left, and the next one finds its names free."""

import json
from typing import Any

import pytest

from tests.local_cloud.running import LocalCloud, StackError, refusal
from tests.local_cloud.templates import trust


def bucket(**attributes: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "rolled-back"}, **attributes}


def group(name: str, days: int = 7) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": days}}


def fail(cloud: LocalCloud, stack: str) -> None:
    (cloud.home / "faults.json").write_text(json.dumps({f"failed_stack:{stack}": 1}), encoding="utf-8")


def status(cloud: LocalCloud, stack: str) -> str:
    found: str = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    return found


def delete(cloud: LocalCloud, stack: str) -> None:
    cloudformation = cloud.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 10})


def groups(cloud: LocalCloud, prefix: str) -> list[str]:
    return [found["logGroupName"] for found in cloud.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]]


def test_a_first_deploy_that_fails_at_its_end_leaves_nothing_and_can_be_repeated(cloud: LocalCloud) -> None:
    resources = {"Bucket": bucket(), "Group": group("/rolled-back/first")}
    fail(cloud, "failing-first")
    with pytest.raises(StackError, match="fault: stack failing-first fails at its end"):
        cloud.deploy("failing-first", resources)
    assert status(cloud, "failing-first") == "ROLLBACK_COMPLETE"
    assert refusal(cloud.client("s3").head_bucket, Bucket="rolled-back").startswith("404")
    assert groups(cloud, "/rolled-back/first") == []
    delete(cloud, "failing-first")
    cloud.deploy("failing-first", resources)
    delete(cloud, "failing-first")


@pytest.mark.parametrize(("policy", "left"), [("Retain", True), ("RetainExceptOnCreate", False), ("Delete", False)])
def test_what_a_failed_first_deploy_keeps_is_what_its_deletion_policy_says(cloud: LocalCloud, policy: str, left: bool) -> None:
    fail(cloud, "keeping")
    with pytest.raises(StackError):
        cloud.deploy("keeping", {"Bucket": bucket(DeletionPolicy=policy)})
    delete(cloud, "keeping")
    assert (refusal(cloud.client("s3").head_bucket, Bucket="rolled-back") == "") == left
    if left:
        with pytest.raises(StackError):
            cloud.deploy("keeping-again", {"Bucket": bucket()})
        cloud.client("s3").delete_bucket(Bucket="rolled-back")


def test_what_failed_in_its_own_making_is_undone_too(cloud: LocalCloud) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "half-made", "AssumeRolePolicyDocument": trust("glue.amazonaws.com")}}
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "half-made",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Runtime": "ruby3.3",
            "Handler": "index.handler",
            "Code": {"ZipFile": "x"},
        },
    }
    with pytest.raises(StackError, match="half-made is not in the local cloud"):
        cloud.deploy("half-made", {"Role": role, "Function": function})
    assert refusal(cloud.client("lambda").get_function, FunctionName="half-made").startswith("ResourceNotFoundException")
    assert refusal(cloud.client("iam").get_role, RoleName="half-made").startswith("NoSuchEntity")


def test_an_update_that_fails_at_its_end_leaves_all_as_it_was_and_can_be_repeated(cloud: LocalCloud) -> None:
    logs = cloud.client("logs")
    cloud.deploy("failing-update", {"Group": group("/rolled-back/update")})
    fail(cloud, "failing-update")
    changed = {"Group": group("/rolled-back/update", 30), "More": group("/rolled-back/update-more")}
    with pytest.raises(StackError):
        cloud.deploy("failing-update", changed)
    assert status(cloud, "failing-update") == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(cloud, "/rolled-back/update") == ["/rolled-back/update"]
    assert logs.describe_log_groups(logGroupNamePrefix="/rolled-back/update")["logGroups"][0]["retentionInDays"] == 7
    cloud.deploy("failing-update", changed)
    assert groups(cloud, "/rolled-back/update") == ["/rolled-back/update", "/rolled-back/update-more"]


NAMED: dict[str, dict[str, Any]] = {
    "AWS::DynamoDB::Table": {
        "TableName": "taken",
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    "AWS::Athena::WorkGroup": {"Name": "taken"},
    "AWS::Events::Rule": {"Name": "taken", "EventPattern": {"source": ["taken"]}},
    "AWS::Glue::Database": {"CatalogId": "000000000000", "DatabaseInput": {"Name": "taken"}},
    "AWS::Glue::Job": {"Name": "taken", "Role": "r", "Command": {"Name": "glueetl"}},
    "AWS::IAM::Role": {"RoleName": "taken", "AssumeRolePolicyDocument": trust("glue.amazonaws.com")},
    "AWS::Kinesis::Stream": {"Name": "taken", "ShardCount": 1},
    "AWS::Logs::LogGroup": {"LogGroupName": "taken"},
    "AWS::SNS::Topic": {"TopicName": "taken"},
    "AWS::SQS::Queue": {"QueueName": "taken"},
    "AWS::S3::Bucket": {"BucketName": "taken"},
}


@pytest.mark.parametrize("kind", NAMED)
def test_a_name_that_is_taken_fails_the_stack_and_what_has_it_stays(cloud: LocalCloud, kind: str) -> None:
    one = {"Named": {"Type": kind, "Properties": NAMED[kind]}}
    first, second = (f"{word}-{kind.rpartition('::')[2].lower()}" for word in ("has", "wants"))
    cloud.deploy(first, one)
    with pytest.raises(StackError, match=r"(?i)already *exists|Validation failed"):
        cloud.deploy(second, one)
    cloud.deploy(first, {**one, "Other": group(f"/taken/{first}")})  # what has it is as it was, and can be changed
    delete(cloud, first)
    cloud.deploy(f"{second}-again", one)
    delete(cloud, f"{second}-again")
