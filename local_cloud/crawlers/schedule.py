"""Crawlers that start by themselves."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.client import client
from local_cloud.crawlers.timetable import Timetable, tick
from local_cloud.glue.parameters import NotUnderstoodError
from local_cloud.replace import borrow

_EVENTS = "ministack.services.eventbridge"
_WHY = "read cron expressions as AWS does"
_parse = borrow(_EVENTS, "_parse_cron_fields", ("expr",), _WHY)
_next = borrow(_EVENTS, "_cron_next_fire", ("fields", "after_dt"), _WHY)
_SECONDS = 1.0
_logger = logging.getLogger(__name__)


def fields(expression: str) -> Any:
    """Return a schedule, parsed.

    Raises:
        NotUnderstoodError: it is none.
    """
    parsed = _parse(expression)
    if parsed is None:
        raise NotUnderstoodError(f"the crawler's schedule {expression!r} is not understood, as cron(15 4 * * ? *) would be")
    return parsed


def after(expression: str, moment: datetime) -> datetime | None:
    """Return when a schedule fires next; None for never."""
    found: datetime | None = _next(fields(expression), moment)
    return found


def run(stop: threading.Event, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Look every second until `stop` is set."""
    timetable = Timetable(after)
    while not stop.wait(_SECONDS):
        try:
            tick(timetable, client("glue"), now())
        except (BotoCoreError, ClientError):
            _logger.exception("could not look at the schedules of crawlers")
