"""The clock: it looks at every alarm, measures queues, and starts what is scheduled."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.clock import speed
from local_cloud.cloudwatch import suppression
from local_cloud.cloudwatch.metrics import MODULE, record
from local_cloud.replace import borrow, replace, wrap
from local_cloud.stopping import before_stop

SCHEDULER = "ministack.services.scheduler"
RULES = "ministack.services.eventbridge"
SECONDS = 10.0
"""Between two ticks at the speed of the wall clock; AWS looks every minute."""
SHORTEST = 0.1
LONGEST_WAIT = 1.0
"""Seconds after which the clock asks again how fast it runs."""

_logger = logging.getLogger(__name__)
_evaluate_alarms = borrow(MODULE, "_evaluate_all_alarms", (), "look at every alarm")
_start_due = borrow(SCHEDULER, "_tick_schedules", (), "start what is scheduled")
_queues = borrow("ministack.services.sqs", "_queues", AccountRegionScopedDict, "measure queues")
_count = borrow("ministack.services.sqs", "_refresh_counts", ("q",), "count the messages of a queue")


def start() -> None:
    """Let the clock begin to tick when ministack would start schedules, as fast as `local_cloud.clock` says."""
    stopped = threading.Event()
    before_stop(stopped.set)

    def start_scheduler() -> None:
        threading.Thread(target=_run, args=(stopped,), name="clock", daemon=True).start()

    replace(SCHEDULER, "start_scheduler", start_scheduler, "start what is scheduled at the speed of the clock")
    wrap(RULES, "_parse_rate_seconds", _faster, "let a rate pass at the speed of the clock")


def _run(stopped: threading.Event) -> None:
    last = 0.0
    while not stopped.wait(min(LONGEST_WAIT, _pause())):
        if time.monotonic() - last < _pause():
            continue
        last = time.monotonic()
        for look in (_measure_queues, _start_due, _evaluate_alarms, suppression.look):
            try:
                look()
            except Exception:  # one that fails must not stop the clock
                _logger.exception("the clock could not %s", look)


def _pause() -> float:
    return max(SHORTEST, SECONDS / speed())


def _measure_queues() -> None:
    for queue in list(_queues.values()):
        _count(queue)
        visible = float(queue["attributes"]["ApproximateNumberOfMessages"])
        name = queue["attributes"]["QueueArn"].rpartition(":")[2]
        record("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": name}, visible)


def _faster(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def _parse_rate_seconds(expr: str) -> float | None:
        seconds = original(expr)
        return None if seconds is None else seconds / speed()

    return _parse_rate_seconds
