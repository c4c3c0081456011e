"""Names that something has already: CloudFormation fails to create there, where ministack takes over what it finds, or makes it anew."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.client import client
from local_cloud.cloudformation.resource import Properties

ABSENT = ("NotFound", "NonExistent", "NoSuch", "DoesNotExist")
"""Parts of the codes by which services say that there is no such thing."""


def _by(service: str, operation: str, argument: str) -> Callable[[str], Any]:
    return lambda name: getattr(client(service), operation)(**{argument: name})


def _group(name: str) -> bool:
    groups = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in groups)


def _machine(name: str) -> bool:
    pages = client("stepfunctions").get_paginator("list_state_machines").paginate()
    return any(machine["name"] == name for page in pages for machine in page["stateMachines"])


def _topic(name: str) -> bool:
    pages = client("sns").get_paginator("list_topics").paginate()
    return any(topic["TopicArn"].endswith(f":{name}") for page in pages for topic in page["Topics"])


LOOKS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "AWS::DynamoDB::Table": ("TableName", _by("dynamodb", "describe_table", "TableName")),
    "AWS::Events::Rule": ("Name", _by("events", "describe_rule", "Name")),
    "AWS::IAM::Role": ("RoleName", _by("iam", "get_role", "RoleName")),
    "AWS::Kinesis::Stream": ("Name", _by("kinesis", "describe_stream_summary", "StreamName")),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", _by("firehose", "describe_delivery_stream", "DeliveryStreamName")),
    "AWS::Lambda::Function": ("FunctionName", _by("lambda", "get_function", "FunctionName")),
    "AWS::Logs::LogGroup": ("LogGroupName", _group),
    "AWS::SNS::Topic": ("TopicName", _topic),
    "AWS::SQS::Queue": ("QueueName", _by("sqs", "get_queue_url", "QueueName")),
    "AWS::Scheduler::Schedule": ("Name", _by("scheduler", "get_schedule", "Name")),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", _machine),
}
"""Type -> the property that names it, and how its service is asked for one; of the types that ministack does not ask itself."""


def check_free(kind: str, given: Properties) -> None:
    """Refuse to create what would take the place of something.

    Raises:
        ValueError: something has the name that the template gives.
    """
    name_of, look = LOOKS.get(kind, ("", None))
    name = given.get(name_of)
    if look is None or not name:
        return
    try:
        there = bool(look(name))
    except ClientError as error:
        if not any(word in error.response["Error"]["Code"] for word in ABSENT):
            raise
        return
    if there:
        raise ValueError(f"Resource of type '{kind}' with identifier '{name}' already exists.")
