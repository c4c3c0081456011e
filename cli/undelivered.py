"""Show events and messages that did not reach their target, and why; with --deliver, send them once more and take them off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli.common import tables
from cli.common.console import err
from cli.common.errors import UserError
from cli.common.options import Environment, Format
from cli.common.session import Lake, connect

COLUMNS = ["queue", "rule", "target", "error", "event"]
QUEUES = ("undelivered", "loads-undelivered", "alarms-undelivered")
MOST_MESSAGES = 10  # that SQS gives at a time
HELD_SECONDS = 300
LONGEST = 80  # characters of an event that a table shows


@dataclass(frozen=True)
class Waiting:
    """A message of a dead-letter queue, as EventBridge leaves it.

    Attributes:
        queue: behind the name of the lake.
        handle: by which it is taken off or left.
        told: attributes that say where it came from, and why it is here: RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE.
    """

    queue: str
    url: str
    handle: str
    body: str
    told: Mapping[str, str]


def run(
    deliver: Annotated[bool, typer.Option("--deliver", help="Send each to its target again, and take it off the queue.")] = False,
    format: Annotated[Format, typer.Option(help="csv and json stand alone on standard output.")] = Format.TABLE,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    found = [message for queue in QUEUES for message in waiting(lake, queue)]
    try:
        if found or format is not Format.TABLE:
            tables.write(COLUMNS, [row(message, short=format is Format.TABLE) for message in found], format)
        sent = [message for message in found if deliver and send(lake, message)]
        for message in sent:
            lake.sqs.delete_message(QueueUrl=message.url, ReceiptHandle=message.handle)
    finally:
        for message in found:
            if not deliver or message not in sent:
                lake.sqs.change_message_visibility(QueueUrl=message.url, ReceiptHandle=message.handle, VisibilityTimeout=0)
    err.print(f"{len(found)} wait" + (f", {len(sent)} of them sent again" if deliver else ""), markup=False)
    if deliver and len(sent) < len(found):
        raise UserError("the others do not say what their target is: read them, then purge the queue")


def waiting(lake: Lake, queue: str) -> Iterator[Waiting]:
    """Yield what waits in a queue, which nobody else gets meanwhile; nothing where the lake has no such queue."""
    try:
        url = lake.sqs.get_queue_url(QueueName=f"{lake.settings.name}-{queue}")["QueueUrl"]
    except lake.sqs.exceptions.QueueDoesNotExist:
        return
    asked: dict[str, Any] = {"QueueUrl": url, "MaxNumberOfMessages": MOST_MESSAGES, "VisibilityTimeout": HELD_SECONDS}
    while messages := lake.sqs.receive_message(**asked, MessageAttributeNames=["All"]).get("Messages"):
        for message in messages:
            told = {name: found.get("StringValue", "") for name, found in message.get("MessageAttributes", {}).items()}
            yield Waiting(queue, url, message["ReceiptHandle"], message["Body"], told)


def row(message: Waiting, *, short: bool) -> list[str]:
    rule, target = (message.told.get(name, "").rpartition(mark)[2] for name, mark in (("RULE_ARN", "/"), ("TARGET_ARN", ":")))
    error = ": ".join(filter(None, (message.told.get("ERROR_CODE"), message.told.get("ERROR_MESSAGE"))))
    body = f"{message.body[:LONGEST]}..." if short and len(message.body) > LONGEST else message.body
    return [message.queue, rule, target, error, body]


def send(lake: Lake, message: Waiting) -> bool:
    """Send a message to its target; return whether it says which that is."""
    target = message.told.get("TARGET_ARN", "")
    match target.split(":")[2:3]:
        case ["states"]:
            lake.stepfunctions.start_execution(stateMachineArn=target, input=message.body)
        case ["sns"]:
            lake.sns.publish(TopicArn=target, Message=message.body)
        case _:
            return False
    return True
