"""Resources that a function of the stack makes: created, changed, replaced, deleted, failed and silent."""

import json
from typing import Any

import pytest

from tests.local_cloud.functions import LOGS, log, make, message, queue
from tests.local_cloud.running import LocalCloud, StackError, until

MAKER = """
import json, urllib.request, boto3
def handler(event, context):
    given = event["ResourceProperties"]
    boto3.client("sqs").send_message(QueueUrl=given["Queue"], MessageBody=json.dumps(event))
    if given.get("Silent") == "true":
        return
    failed = event["RequestType"] in given.get("Fails", "").split()
    answer = {
        "Status": "FAILED" if failed else "SUCCESS", "Reason": "it was asked to", "PhysicalResourceId": given["Id"],
        "StackId": event["StackId"], "RequestId": event["RequestId"], "LogicalResourceId": event["LogicalResourceId"],
        "Data": {"Value": given["Id"].upper()},
    }
    request = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), {"content-type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=10)
"""
OUTPUTS = {"Value": {"Fn::GetAtt": ["Thing", "Value"]}}


def told(cloud: LocalCloud, url: str) -> dict[str, Any]:
    """Return the next event that the function got."""
    found = message(cloud, url)
    cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=found["ReceiptHandle"])
    event: dict[str, Any] = json.loads(found["Body"])
    return event


@pytest.fixture(scope="session")
def maker(cloud: LocalCloud) -> tuple[str, str]:
    """The ARN of a function that makes resources, and the URL of the queue that it tells what it was asked."""
    url, arn = queue(cloud, "asked")
    return make(cloud, "maker", MAKER, [LOGS, {"Action": "sqs:SendMessage", "Resource": arn}]), url


def thing(maker: tuple[str, str], **properties: Any) -> dict[str, Any]:
    return {"Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": maker[0], "Queue": maker[1], **properties}}}


def test_a_custom_resource_is_created_changed_replaced_and_deleted_by_its_function(cloud: LocalCloud, maker: tuple[str, str]) -> None:
    assert cloud.deploy("custom", thing(maker, Id="one", Count=1, On=True), OUTPUTS) == {"Value": "ONE"}
    created = told(cloud, maker[1])
    assert (created["RequestType"], created["ResourceType"], created["LogicalResourceId"]) == ("Create", "Custom::Thing", "Thing")
    assert (created["ResourceProperties"]["Count"], created["ResourceProperties"]["On"]) == ("1", "true")
    cloud.deploy("custom", thing(maker, Id="one", Count=2), OUTPUTS)
    changed = told(cloud, maker[1])
    assert (changed["RequestType"], changed["PhysicalResourceId"], changed["OldResourceProperties"]["Count"]) == ("Update", "one", "1")
    assert cloud.deploy("custom", thing(maker, Id="two", Count=2), OUTPUTS) == {"Value": "TWO"}
    assert told(cloud, maker[1])["RequestType"] == "Update"
    replaced = told(cloud, maker[1])
    assert (replaced["RequestType"], replaced["PhysicalResourceId"]) == ("Delete", "one")
    cloud.client("cloudformation").delete_stack(StackName="custom")
    deleted = told(cloud, maker[1])
    assert (deleted["RequestType"], deleted["PhysicalResourceId"]) == ("Delete", "two")


def test_a_function_that_fails_fails_the_stack_with_its_reason(cloud: LocalCloud, maker: tuple[str, str]) -> None:
    with pytest.raises(StackError, match="it was asked to"):
        cloud.deploy("failing", thing(maker, Id="one", Fails="Create"))
    assert told(cloud, maker[1])["RequestType"] == "Create"


def test_a_function_that_never_answers_fails_the_stack_after_its_time(cloud: LocalCloud, maker: tuple[str, str]) -> None:
    with pytest.raises(StackError, match="timed out"):
        cloud.deploy("silent", thing(maker, Id="one", Silent="true", ServiceTimeout="1"))
    until(lambda: log(cloud, "maker"))
