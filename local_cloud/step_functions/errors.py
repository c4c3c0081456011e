"""Errors of tasks, named as Step Functions names them."""

from typing import Any

from botocore.exceptions import ClientError

from local_cloud.replace import borrow

TaskError: type[Exception] = borrow("ministack.services.stepfunctions", "_ExecutionError", type, "let a task fail")
"""Takes the name of the error and its cause."""


def named(error: ClientError, operation: Any, prefix: str, general: str) -> Exception:
    """Return the task's failure for an error that a service answered.

    An error in the service's model goes by its name, any other by a general one, as in the SDK for Java that Step Functions uses.

    Args:
        operation: the model of the operation that was called.
        prefix: of the service in names of errors, such as DynamoDb.
        general: name of an error that is not in the model.
    """
    answered = error.response["Error"]
    modeled = {shape.metadata.get("error", {}).get("code", shape.name): shape.name for shape in operation.error_shapes}
    name = modeled.get(answered["Code"], general)
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    request = error.response["ResponseMetadata"].get("RequestId", "")
    cause = f"{answered.get('Message', '')} (Service: {prefix}, Status Code: {status}, Request ID: {request})"
    return TaskError(f"{prefix}.{_as_exception(name)}", cause)


def _as_exception(name: str) -> str:
    return name if name.endswith("Exception") else f"{name}Exception"
