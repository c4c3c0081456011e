"""Firehose's side of a transform: what the function gets, and what its answer means for each record.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
"""

import base64
import binascii
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud import faults
from local_cloud.environment import REGION
from local_cloud.firehose.definition import Delivery, Transform
from local_cloud.firehose.failures import TRANSFORM, Failure

CODES = {
    "AccessDeniedException": "Lambda.InvokeAccessDenied",
    "TooManyRequestsException": "Lambda.InvokeLimitExceeded",
    "ResourceNotFoundException": "Lambda.ResourceNotFound",
}


@dataclass(frozen=True, slots=True)
class Given:
    """A record from the stream.

    Attributes:
        arrived: when it reached the stream, in milliseconds.
    """

    shard: str
    sequence_number: str
    arrived: int
    partition_key: str
    data: bytes

    @property
    def id(self) -> str:
        return f"{self.sequence_number}000000"


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that is delivered: its data, and the keys of its partition."""

    given: Given
    data: bytes
    keys: dict[str, str] = field(default_factory=dict)


Outcome = Kept | Failure | None
"""What becomes of a record; None where the function drops it."""


@dataclass(frozen=True)
class Transformed:
    """What became of a batch.

    Attributes:
        outcomes: one for each record, in their order.
        seconds: that it took.
        answered: whether the function answered.
    """

    outcomes: list[Outcome]
    seconds: float
    answered: bool


class UnansweredError(Exception):
    """A function did not answer: code and message as the error prefix shows them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def event(delivery: Delivery, records: Sequence[Given]) -> bytes:
    """Return the event that a function gets."""
    # by hand, since it is made for each record: only a partition key has letters that need an escape
    told = ",".join(
        f'{{"recordId":"{one.id}","approximateArrivalTimestamp":{one.arrived},"data":"{base64.b64encode(one.data).decode()}",'
        f'"kinesisRecordMetadata":{{"sequenceNumber":"{one.sequence_number}","subsequenceNumber":0,"partitionKey":{quoted(one.partition_key)},'
        f'"shardId":"{one.shard}","approximateArrivalTimestamp":{one.arrived}}}}}'
        for one in records
    )
    named = {
        "invocationId": str(uuid.uuid4()),
        "sourceKinesisStreamArn": delivery.arn.replace("firehose", "kinesis").replace(
            f"deliverystream/{delivery.name}", f"stream/{delivery.stream}"
        ),
        "deliveryStreamArn": delivery.arn,
        "region": REGION,
    }
    return f'{json.dumps(named)[:-1]},"records":[{told}]}}'.encode()


def transformed(delivery: Delivery, records: Sequence[Given], functions: Callable[[], Any], wait: Callable[[float], bool]) -> Transformed:
    """Return what becomes of each record.

    Args:
        functions: returns a client of Lambda under the delivery's role.
        wait: waits for so many seconds and returns whether to go on.
    """
    transform = delivery.transform
    if transform is None:
        return Transformed([Kept(one, one.data) for one in records], 0.0, True)
    asked, attempts, began = event(delivery, records), 0, time.monotonic()
    while True:
        attempts += 1
        try:
            answer = _invoke(functions(), transform, asked)
            return Transformed(outcomes(records, answer, transform, attempts), time.monotonic() - began, True)
        except UnansweredError as problem:
            if attempts <= transform.retries and wait(1.0):
                continue
            failure = Failure(TRANSFORM, problem.code, str(problem), attempts, {"lambdaArn": transform.arn})
            return Transformed([failure for _ in records], time.monotonic() - began, False)


def _invoke(functions: Any, transform: Transform, asked: bytes) -> Any:
    try:
        answer = functions.invoke(FunctionName=transform.arn, Payload=asked)
        payload = answer["Payload"].read()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise UnansweredError(CODES.get(code, f"Lambda.{code}"), error.response["Error"].get("Message", "")) from error
    except BotoCoreError as error:
        raise UnansweredError("Lambda.FunctionTimedOut", str(error)) from error
    if answer.get("FunctionError"):
        timed_out = b"Sandbox.Timedout" in payload
        what = "The Lambda function was successfully invoked but it returned an error result."
        raise UnansweredError("Lambda.FunctionTimedOut" if timed_out else "Lambda.FunctionError", f"{what} {payload.decode()[:500]}")
    if faults.take("lost_answers"):
        raise UnansweredError("Lambda.FunctionTimedOut", "the answer was lost on demand")
    try:
        return json.loads(payload)
    except ValueError as error:
        raise UnansweredError("Lambda.JsonProcessingException", f"the answer is not JSON: {error}") from error


def outcomes(records: Sequence[Given], answer: Any, transform: Transform, attempts: int) -> list[Outcome]:
    """Return what a function's answer says of each record.

    Raises:
        UnansweredError: it does not say it in Firehose's form.
    """
    try:
        found = {one["recordId"]: one for one in answer["records"]}
    except (KeyError, TypeError) as error:
        raise UnansweredError("Lambda.JsonProcessingException", "the answer has no records, each with its recordId") from error
    if len(found) < len(answer["records"]):
        raise UnansweredError("Lambda.DuplicatedRecordId", "multiple records were returned with the same record ID")
    return [_outcome(one, found.get(one.id), transform, attempts) for one in records]


def _outcome(given: Given, answer: Any, transform: Transform, attempts: int) -> Outcome:
    def failed(code: str, message: str) -> Failure:
        return Failure(TRANSFORM, f"Lambda.{code}", message, attempts, {"lambdaArn": transform.arn})

    if answer is None:
        return failed(
            "MissingRecordId", "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids."
        )
    match answer.get("result"):
        case "Ok":
            keys = (answer.get("metadata") or {}).get("partitionKeys") or {}
            try:
                return Kept(given, base64.b64decode(answer["data"]), {str(name): str(value) for name, value in keys.items()})
            except (KeyError, TypeError, binascii.Error):
                return failed("JsonProcessingException", "the data of a record is not base64")
        case "Dropped":
            return None
        case "ProcessingFailed":
            return failed("ProcessingFailedStatus", "ProcessingFailed status set for record")
        case other:
            return failed("JsonProcessingException", f"the result of a record is {other!r}; it must be Ok, Dropped or ProcessingFailed")
