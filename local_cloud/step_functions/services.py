"""Calls of services from tasks: any operation by `aws-sdk`, some by integrations that Step Functions has made for them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.shapes import UnknownMemberError, convert, spoken_by_step_functions
from local_cloud.step_functions.errors import TaskError, named
from local_cloud.step_functions.execution import Execution

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Called:
    """A service as Step Functions calls it.

    Attributes:
        client: botocore's name of it.
        prefix: of its errors.
        general: name of an error that its model does not have.
    """

    client: str
    prefix: str
    general: str


SDK: dict[str, Called] = {
    "athena": Called("athena", "Athena", "AthenaException"),
    "cloudwatch": Called("cloudwatch", "CloudWatch", "CloudWatchException"),
    "cloudwatchlogs": Called("logs", "CloudWatchLogs", "CloudWatchLogsException"),
    "dynamodb": Called("dynamodb", "DynamoDb", "DynamoDbException"),
    "eventbridge": Called("events", "EventBridge", "EventBridgeException"),
    "glue": Called("glue", "Glue", "GlueException"),
    "redshiftdata": Called("redshift-data", "RedshiftData", "RedshiftDataException"),
    "s3": Called("s3", "S3", "S3Exception"),
    "sfn": Called("stepfunctions", "Sfn", "SfnException"),
    "sns": Called("sns", "Sns", "SnsException"),
    "sqs": Called("sqs", "Sqs", "SqsException"),
    "ssm": Called("ssm", "Ssm", "SsmException"),
}

DYNAMODB = Called("dynamodb", "DynamoDB", "AmazonDynamoDBException")
EVENTBRIDGE = Called("events", "EventBridge", "AmazonEventBridgeException")
GLUE = Called("glue", "Glue", "AWSGlueException")
SNS = Called("sns", "SNS", "AmazonSNSException")
SQS = Called("sqs", "SQS", "AmazonSQSException")


def call(execution: Execution, service: Called, action: str, arguments: Arguments) -> Any:
    """Call an operation as the machine's role and return its answer as a state sees it.

    Args:
        action: the operation with a small first letter, as in a task's resource.

    Raises:
        TaskError: there is no such operation or argument, or the service answered with an error.
    """
    client = execution.client(service.client)
    operation = action[:1].upper() + action[1:]
    if operation not in client.meta.service_model.operation_names:
        raise TaskError("States.Runtime", f"{service.client} has no operation {operation}")
    model = client.meta.service_model.operation_model(operation)
    try:
        given = convert(arguments, model.input_shape) if model.input_shape else {}
        answer = getattr(client, xform_name(operation))(**given)
    except UnknownMemberError as problem:
        raise TaskError("States.Runtime", f"{operation}: {problem}") from problem
    except ClientError as error:
        raise named(error, model, service.prefix, service.general) from error
    except BotoCoreError as problem:
        raise TaskError(f"{service.prefix}.SdkClientException", str(problem)) from problem
    return spoken_by_step_functions(answer, model.output_shape) if model.output_shape else {}


def put_events(execution: Execution, arguments: Arguments) -> Any:
    """Send events; a detail may be an object, and each event names the execution and its machine among its resources."""
    entries = [
        entry | {"Detail": _text(entry.get("Detail", {})), "Resources": [*entry.get("Resources", []), execution.arn, execution.machine]}
        for entry in arguments["Entries"]
    ]
    answer = call(execution, EVENTBRIDGE, "putEvents", arguments | {"Entries": entries})
    if answer.get("FailedEntryCount"):
        raise TaskError("EventBridge.FailedEntry", json.dumps(answer))
    return answer


def publish(execution: Execution, arguments: Arguments) -> Any:
    """Publish a message, which may be an object."""
    return call(execution, SNS, "publish", arguments | {"Message": _text(arguments.get("Message", ""))})


def send_message(execution: Execution, arguments: Arguments) -> Any:
    """Send a message, whose body may be an object."""
    return call(execution, SQS, "sendMessage", arguments | {"MessageBody": _text(arguments.get("MessageBody", ""))})


def of_dynamodb(action: str) -> Callable[[Execution, Arguments], Any]:
    """Return the integration for one of the operations on an item."""
    return lambda execution, arguments: call(execution, DYNAMODB, action, arguments)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
