"""Functions for tests, and how they are put into a local cloud."""

import io
import json
import zipfile
from typing import Any

from tests.local_cloud.running import ACCOUNT, LocalCloud, until

POWERTOOLS = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python311-x86_64:18"
LOGS = {"Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}


def package(**modules: str) -> bytes:
    """Return a zip file of Python modules, by name."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in modules.items():
            archive.writestr(f"{name}.py", text)
    return written.getvalue()


def make(cloud: LocalCloud, name: str, code: str, statements: Any = (LOGS,), **more: Any) -> str:
    """Make a function with a role of its own and return its ARN; its code is a module with a function `handler`."""
    role = cloud.role(f"{name}-role", list(statements), "lambda.amazonaws.com")
    given = {"Runtime": "python3.11", "Handler": "index.handler", "Role": role, "Code": {"ZipFile": package(index=code)}, "Timeout": 10}
    functions = cloud.client("lambda")
    arn: str = functions.create_function(FunctionName=name, **given | more)["FunctionArn"]
    until(lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active")
    return arn


def invoke(cloud: LocalCloud, name: str, event: Any = None) -> tuple[Any, str | None]:
    """Return what a function answers, and the kind of its error, None where it succeeded."""
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def send(cloud: LocalCloud, name: str, event: Any) -> None:
    """Invoke a function without waiting for it."""
    cloud.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))


def queue(cloud: LocalCloud, name: str) -> tuple[str, str]:
    """Make a queue and return its URL and its ARN."""
    return cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"], f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def message(cloud: LocalCloud, url: str) -> dict[str, Any]:
    """Return the next message of a queue."""
    sqs = cloud.client("sqs")
    found: list[dict[str, Any]] = until(
        lambda: sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=0).get("Messages")
    )
    return found[0]


def log(cloud: LocalCloud, name: str) -> list[str]:
    """Return the messages in a function's log; none before it has one."""
    logs = cloud.client("logs")
    try:
        return [event["message"] for event in logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []
