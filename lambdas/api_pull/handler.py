"""The pull of one dataset, as Lambda starts it: by schedule, by `./lake pull`, or by a run before it whose time was up."""

import json
import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from contracts.pull import Authentication, Pull
from lambdas.api_pull.clock import Clock
from lambdas.api_pull.errors import SourceError
from lambdas.api_pull.raw import Raw
from lambdas.api_pull.run import Places, Run, Status
from lambdas.api_pull.source import MIB, Api, headers_of
from lambdas.api_pull.state import Ledger

MOST_TURNS = 12  # runs in a row; Lambda itself stops a function that has invoked itself sixteen times. What is left waits for the schedule
TURN, ALONE = "turn", "alone"  # keys of an event

logger = Logger()
metrics = Metrics()


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run once.

    Args:
        event: `turn` counts the runs before this one; with `alone`, whoever invoked it starts the next one.

    Raises:
        SourceError: the API cannot be pulled from; the next run goes on from the same page.
    """
    dataset, spec = os.environ["DATASET"], Pull.from_json(os.environ["PULL"])
    _measure(0)  # a run that fails brought nothing, which is worth a datapoint too
    outcome = Run(spec, _places(dataset, spec, context)).pull()
    _measure(outcome.new)
    logger.info("pulled", extra=outcome.plain())
    if outcome.status is Status.UNFINISHED and not event.get(ALONE):
        _hand_over(event.get(TURN, 0) + 1, context)
    return outcome.plain()


def _measure(new: int) -> None:
    metrics.add_metric(name="NewRecords", unit=MetricUnit.Count, value=new)


def _hand_over(turn: int, context: LambdaContext) -> None:
    if turn >= MOST_TURNS:
        logger.warning("left to the schedule", extra={"turns": turn})
        return
    _client("lambda").invoke(FunctionName=context.function_name, InvocationType="Event", Payload=json.dumps({TURN: turn}))


def _places(dataset: str, spec: Pull, context: LambdaContext) -> Places:
    clock = Clock(remaining=lambda: context.get_remaining_time_in_millis() / 1000)
    api = Api(
        spec.url,
        headers=headers_of(spec.authentication, _secret(spec.authentication)),
        requests_per_second=spec.requests_per_second,
        most_bytes=spec.page_mib * MIB,
        clock=clock,
    )
    raw = Raw(_client("s3"), os.environ["RAW_BUCKET"], os.environ["FOLDER"])
    # Lambda tries an event again under the same name, which so still holds the lease of the try that died
    ledger = Ledger(_client("dynamodb"), os.environ["LEDGER_TABLE"], dataset, context.aws_request_id)
    return Places(api=api, raw=raw, ledger=ledger, clock=clock)


def _secret(authentication: Authentication | None) -> str:
    """Return the secret as it is now: one that was changed counts from the next run on."""
    if authentication is None:
        return ""
    found = _client("secretsmanager").get_secret_value(SecretId=authentication.secret)
    if "SecretString" not in found:
        raise SourceError(f"the secret {authentication.secret} is no text; put the API's key into it as text")
    return str(found["SecretString"]).strip()


@cache
def _client(service: Any) -> Any:
    return boto3.client(service)
