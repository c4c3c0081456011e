"""Asynchronous invocations: kept until the function succeeded, tried again, and set aside where it does not.

"How Lambda handles errors and retries with asynchronous invocation" in the developer guide: two more attempts, after one minute and after two.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.client import client
from local_cloud.clock import speed
from local_cloud.credentials import NotAssumableError
from local_cloud.functions.function import Function
from local_cloud.functions.invocations import Invoker
from local_cloud.functions.process import Outcome
from local_cloud.functions.speakers import speaker

ATTEMPTS = 3
OLDEST = 6 * 60 * 60
"""Seconds that an event waits at most."""
DESTINATIONS = ("sns", "sqs")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """An event that a function has still to take.

    Attributes:
        function: its name.
        accepted: when, in seconds since 1970.
    """

    id: str
    function: str
    event: Any
    accepted: float


@dataclass
class Retries:
    """Runs functions for events that nobody waits for; an event is on disk until it is done with.

    Attributes:
        find: returns ministack's record of a function, None where it was deleted.
    """

    folder: Path
    invoker: Invoker
    find: Callable[[str], dict[str, Any] | None]
    _runs: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=16, thread_name_prefix="asynchronous"))
    _stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def resume(self) -> None:
        """Take up what waited when the local cloud ended."""
        for file in sorted(self.folder.glob("*.json"), key=lambda file: file.stat().st_mtime):
            self._runs.submit(self._run, Waiting(**json.loads(file.read_text(encoding="utf-8"))))

    def accept(self, function: str, event: Any) -> None:
        """Keep an event and begin to run its function."""
        waiting = Waiting(str(uuid.uuid4()), function, event, time.time())
        part = self._file(waiting).with_suffix(".part")
        part.write_text(json.dumps(waiting.__dict__), encoding="utf-8")
        part.rename(self._file(waiting))
        self._runs.submit(self._run, waiting)

    def stop(self) -> None:
        """Wait for no further attempt; what is not done with is taken up by the next start."""
        self._stopping.set()
        self._runs.shutdown(wait=False, cancel_futures=True)

    def _run(self, waiting: Waiting) -> None:
        try:
            if self._carry_out(waiting):
                self._file(waiting).unlink(missing_ok=True)
        except Exception:
            _logger.exception("event %s for %s", waiting.id, waiting.function)

    def _carry_out(self, waiting: Waiting) -> bool:
        """Run the function until it succeeds; return False if the local cloud stops meanwhile."""
        attempt = 0
        while record := self.find(waiting.function):
            attempt += 1
            function, rules = Function.of(record), _rules(record)
            outcome = self.invoker.invoke(function, json.dumps(waiting.event).encode(), waiting.id)
            if self._stopping.is_set() and not outcome.succeeded:
                return False  # it was ended, and did not fail
            attempts = int(rules.get("MaximumRetryAttempts", ATTEMPTS - 1)) + 1
            pause = 60.0 * attempt
            age = (time.time() - waiting.accepted) * speed() + pause
            spent = attempt >= attempts
            if outcome.succeeded or spent or age > float(rules.get("MaximumEventAgeInSeconds", OLDEST)):
                _tell(function, rules, waiting, outcome, attempt, "RetriesExhausted" if spent else "EventAgeExceeded")
                return True
            if self._stopping.wait(pause / speed()):
                return False
        return True

    def _file(self, waiting: Waiting) -> Path:
        return self.folder / f"{waiting.id}.json"


def _rules(record: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a function's asynchronous invocations."""
    return record.get("event_invoke_config") or (record.get("event_invoke_configs") or {}).get("$LATEST") or {}


def _tell(function: Function, rules: dict[str, Any], waiting: Waiting, outcome: Outcome, attempts: int, why: str) -> None:
    """Send an event and what became of it to the function's destination, and a failed one to its dead-letter queue."""
    side = "OnSuccess" if outcome.succeeded else "OnFailure"
    destination = ((rules.get("DestinationConfig") or {}).get(side) or {}).get("Destination")
    if destination:
        condition = "Success" if outcome.succeeded else why
        _send(function, destination, json.dumps(_envelope(function, waiting, outcome, attempts, condition)), {})
    dead_letters = (function.configuration.get("DeadLetterConfig") or {}).get("TargetArn")
    if dead_letters and not outcome.succeeded:
        message = json.loads(outcome.body).get("errorMessage", "")
        attributes = {"RequestID": waiting.id, "ErrorCode": "200", "ErrorMessage": message or "unknown"}
        _send(function, dead_letters, json.dumps(waiting.event), attributes)
    if not outcome.succeeded and not dead_letters and not destination:
        _logger.error("event %s for %s is lost: it has neither a destination nor a dead-letter queue", waiting.id, function.name)


def _envelope(function: Function, waiting: Waiting, outcome: Outcome, attempts: int, condition: str) -> dict[str, Any]:
    failed: dict[str, Any] = {} if outcome.succeeded else {"functionError": "Unhandled"}
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": waiting.id,
            "functionArn": f"{function.arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": waiting.event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"} | failed,
        "responsePayload": json.loads(outcome.body),
    }


def _send(function: Function, arn: str, body: str, facts: dict[str, str]) -> None:
    """Send a message under the function's role."""
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in facts.items()}
    try:
        if arn.split(":")[2] == "sqs":
            url = client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
            speaker("sqs", function).send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
        else:
            speaker("sns", function).publish(TopicArn=arn, Message=body, MessageAttributes=attributes)
    except (BotoCoreError, ClientError, NotAssumableError) as problem:
        _logger.error("an event for %s is lost: %s takes it not: %s", function.name, arn, problem)
