"""From a rule to its targets; what cannot be delivered goes to the target's dead-letter queue, or the log says that it is lost.

AWS tries again, for a day, what may yet succeed, such as throttled calls. Here nothing is throttled: what fails is a missing grant or target,
which AWS does not try again either.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.authorization.encryption import service_lacks_key
from local_cloud.client import client
from local_cloud.cloudwatch.metrics import record
from local_cloud.credentials import NotAssumableError, for_role
from local_cloud.environment import ACCOUNT
from local_cloud.replace import borrow

TARGETS = frozenset({"sns", "sqs", "states"})
SERVICE = "events.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"

_logger = logging.getLogger(__name__)
_queue_allows = borrow(
    "ministack.services.sqs", "queue_policy_allows", ("queue_arn", "service", "source_arn", "source_account"), "evaluate queue policies"
)
_topic_allows = borrow(
    "ministack.services.sns", "topic_policy_allows", ("topic_arn", "service", "source_arn", "source_account"), "evaluate topic policies"
)
# Calls of the local cloud by itself must not keep the thread that answers them waiting.
_deliveries = ThreadPoolExecutor(max_workers=8, thread_name_prefix="delivery")


class UndeliverableError(Exception):
    """A target does not take an event: error code and message as the dead-letter queue shows them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Target:
    """A target of a rule or a schedule.

    Attributes:
        properties: as PutTargets takes them.
        rule_arn: of the rule or the schedule that it belongs to.
    """

    properties: dict[str, Any]
    rule_arn: str

    @property
    def arn(self) -> str:
        arn: str = self.properties["Arn"]
        return arn

    @property
    def rule(self) -> str | None:
        """Name of the rule; None of a schedule."""
        return self.rule_arn.rpartition("/")[2] if self.rule_arn.split(":")[2] == "events" else None

    @property
    def starter(self) -> tuple[str, str]:
        """Who assumes the target's role, and on behalf of which resource: of a schedule, it is its group."""
        if self.rule is not None:
            return SERVICE, self.rule_arn
        group = self.rule_arn.rpartition("/")[0].replace(":schedule/", ":schedule-group/")
        return SCHEDULER, group

    @property
    def dead_letters(self) -> str | None:
        return (self.properties.get("DeadLetterConfig") or {}).get("Arn")


_target: ContextVar[Target] = ContextVar("target")


def for_target(original: Callable[..., None]) -> Callable[..., None]:
    """Wrap ministack's making of what a target gets."""

    def _invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
        context = copy_context()
        context.run(_target.set, Target(target, rule["Arn"]))
        context.run(original, target, event, rule, view)

    return _invoke_target


def to_state_machine(arn: str, payload: str) -> None:
    """Start an execution under the target's role."""
    _deliver(_start, arn, payload)


def to_function(arn: str, payload: str) -> None:
    """Invoke a function under the target's role, without waiting for it."""
    _deliver(_invoke, arn, payload)


def to_queue(spec: Any, payload: str, sqs_parameters: Any = None) -> None:
    """Send a message to a queue whose policy lets the rule."""
    _deliver(_send, str(spec), payload)


def to_topic(arn: str, payload: str) -> None:
    """Publish a message on a topic whose policy lets the rule."""
    _deliver(_publish, arn, payload)


def _deliver(send: Callable[[Target, str, str], None], arn: str, payload: str) -> None:
    _deliveries.submit(copy_context().run, _try, _target.get(), send, arn, payload)


def _try(target: Target, send: Callable[[Target, str, str], None], arn: str, payload: str) -> None:
    _measure(target, "Invocations")
    try:
        send(target, arn, payload)
    except UndeliverableError as problem:
        _set_aside(target, payload, problem)
    except ClientError as error:
        _set_aside(target, payload, UndeliverableError(error.response["Error"]["Code"], error.response["Error"].get("Message", "")))
    except Exception:
        _logger.exception("an event of %s for %s is lost", target.rule_arn, arn)


def _start(target: Target, arn: str, payload: str) -> None:
    _speaker(target, "stepfunctions").start_execution(stateMachineArn=arn, input=payload)


def _invoke(target: Target, arn: str, payload: str) -> None:
    _speaker(target, "lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=payload.encode())


def _speaker(target: Target, service: str) -> Any:
    """Return a client of a service under the target's role."""
    role = target.properties.get("RoleArn")
    if not role:
        raise UndeliverableError("NO_PERMISSIONS", f"the target {target.arn} has no RoleArn")
    try:
        own = for_role(role, "events", *target.starter)
    except NotAssumableError as problem:
        raise UndeliverableError("NO_PERMISSIONS", str(problem)) from problem
    return client(service, own.access_key, own.secret_key, own.token)


def _send(target: Target, arn: str, payload: str) -> None:
    if not _queue_allows(arn, SERVICE, target.rule_arn, ACCOUNT):
        raise UndeliverableError("NO_PERMISSIONS", f"the policy of {arn} does not let {SERVICE} send messages for {target.rule_arn}")
    _needs_key("sqs:SendMessage", arn)
    client("sqs").send_message(QueueUrl=_url(arn), MessageBody=payload)


def _publish(target: Target, arn: str, payload: str) -> None:
    if not _topic_allows(arn, SERVICE, target.rule_arn, ACCOUNT):
        raise UndeliverableError("NO_PERMISSIONS", f"the policy of {arn} does not let {SERVICE} publish for {target.rule_arn}")
    _needs_key("sns:Publish", arn)
    client("sns").publish(TopicArn=arn, Message=payload)


def _needs_key(action: str, arn: str) -> None:
    key = service_lacks_key(SERVICE, action, arn)
    if key:
        raise UndeliverableError("NO_PERMISSIONS", f"the policy of {key}, the key of {arn}, does not let {SERVICE} use it")


def _measure(target: Target, metric: str) -> None:
    if target.rule is not None:
        record("AWS/Events", metric, {"RuleName": target.rule})


def _set_aside(target: Target, payload: str, problem: UndeliverableError) -> None:
    queue = target.dead_letters
    _measure(target, "FailedInvocations")
    obstacle = _obstacle(queue, target.rule_arn)
    if queue is None or obstacle:
        _logger.error("an event of %s for %s is lost: %s; %s", target.rule_arn, target.arn, problem, obstacle)
        if queue is not None:
            _measure(target, "InvocationsFailedToBeSentToDlq")
        return
    _measure(target, "InvocationsSentToDlq")
    facts = {"RULE_ARN": target.rule_arn, "TARGET_ARN": target.arn, "ERROR_CODE": problem.code, "ERROR_MESSAGE": problem.message}
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in facts.items()}
    client("sqs").send_message(QueueUrl=_url(queue), MessageBody=payload, MessageAttributes=attributes)


def _obstacle(queue: str | None, rule_arn: str) -> str | None:
    """Return why a dead-letter queue does not take what could not be delivered; None if it does."""
    if queue is None:
        return "it has no dead-letter queue"
    if not _queue_allows(queue, SERVICE, rule_arn, ACCOUNT):
        return f"the policy of {queue} does not let {SERVICE} send messages for it"
    key = service_lacks_key(SERVICE, "sqs:SendMessage", queue)
    return f"the policy of {key}, the key of {queue}, does not let {SERVICE} use it" if key else None


def _url(arn: str) -> str:
    url: str = client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    return url
