"""Small builders for Amazon States Language with JSONata, so that a machine's definition reads as its steps."""

from collections.abc import Mapping, Sequence
from typing import Any

State = dict[str, Any]

CONDITION_FAILED = "DynamoDb.ConditionalCheckFailedException"  # as the SDK integration names it
CAUGHT = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause"
ME = "{% $states.context.Execution.Id %}"
TASK_SECONDS = 60

# Faults that pass: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and the States.* of Step Functions
TRANSIENT = [
    {
        "ErrorEquals": [
            "DynamoDb.InternalServerErrorException",
            "DynamoDb.ProvisionedThroughputExceededException",
            "DynamoDb.RequestLimitExceededException",
            "DynamoDb.ThrottlingException",
            "DynamoDb.SdkClientException",
            "EventBridge.FailedEntry",
            "EventBridge.InternalException",
            "Sfn.SdkClientException",
            "Sfn.ThrottlingException",
            "SNS.InternalErrorException",
            "SNS.ThrottledException",
            "States.Timeout",
        ],
        "IntervalSeconds": 1,
        "MaxAttempts": 5,
        "BackoffRate": 2,
        "MaxDelaySeconds": 30,
        "JitterStrategy": "FULL",
    }
]


def expression(text: str) -> str:
    """Return `text` as a JSONata expression of a state."""
    return "{% " + text + " %}"


def key(dataset: str, item: str) -> dict[str, dict[str, str]]:
    """Return the key of a ledger item; both parts are values or expressions."""
    return {"dataset": {"S": dataset}, "item": {"S": item}}


def catch(error: str, then: str, assign: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a catcher; `assign` keeps what it caught."""
    return {"ErrorEquals": [error], "Next": then, **({"Assign": dict(assign)} if assign else {})}


def task(resource: str, arguments: Mapping[str, Any] | str, then: str | None, **more: Any) -> State:
    """Return a task that retries faults that pass, and has a timeout; the machine ends after it where `then` is None.

    Args:
        arguments: by name, or one expression for all of them.
    """
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Arguments": arguments if isinstance(arguments, str) else dict(arguments),
        "TimeoutSeconds": TASK_SECONDS,
        "Retry": TRANSIENT,
        **({"Next": then} if then else {"End": True}),
        **more,
    }


def update_item(table: str, item: Mapping[str, Any], update: str, values: Mapping[str, Any], then: str | None, **more: Any) -> State:
    """Return a conditional write of one ledger item.

    Args:
        update: update expression, with `#owner` and the like for names that DynamoDB reserves.
        values: the expression's values, in DynamoDB's JSON.
        more: `condition`, `returns`, and what else a task state may have.
    """
    condition, returns = more.pop("condition", None), more.pop("returns", None)
    names = [name for name in RESERVED if name in f"{update} {condition}"]
    arguments = {
        "TableName": table,
        "Key": dict(item),
        "UpdateExpression": update,
        **({"ExpressionAttributeNames": {name: name[1:] for name in names}} if names else {}),
        **({"ExpressionAttributeValues": dict(values)} if values else {}),
        **({"ConditionExpression": condition} if condition else {}),
        **({"ReturnValues": returns} if returns else {}),
    }
    return task("aws-sdk:dynamodb:updateItem", arguments, then, **more)


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
RESERVED = ("#owner", "#state", "#status", "#object", "#read", "#rows", "#snapshot")


def get_item(table: str, item: Mapping[str, Any], then: str, **more: Any) -> State:
    """Return a consistent read of one ledger item."""
    return task("aws-sdk:dynamodb:getItem", {"TableName": table, "Key": dict(item), "ConsistentRead": True}, then, **more)


def choice(choices: Sequence[tuple[str, str]], default: str) -> State:
    """Return a choice of the first condition that holds."""
    return {
        "Type": "Choice",
        "Choices": [{"Condition": expression(condition), "Next": then} for condition, then in choices],
        "Default": default,
    }
