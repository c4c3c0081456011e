"""Which crawlers are due."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_logger = logging.getLogger(__name__)


@dataclass
class Timetable:
    """When each schedule fires next; a schedule counts from the first look at it on.

    Attributes:
        after: (expression, moment) -> when it fires next, None for never.
    """

    after: Callable[[str, datetime], datetime | None]
    _next: dict[tuple[str, str], datetime | None] = field(default_factory=dict)

    def due(self, schedules: Iterable[tuple[str, str]], now: datetime) -> list[str]:
        """Return the names of those whose time has come since the last look, of names with their schedules."""
        known, self._next, names = self._next, {}, []
        for name, expression in schedules:
            scheduled = name, expression
            at = known[scheduled] if scheduled in known else self.after(expression, now)
            if at is not None and at <= now:
                names.append(name)
                at = self.after(expression, now)
            self._next[scheduled] = at
        return names


def tick(timetable: Timetable, glue: Any, now: datetime) -> None:
    """Start what is due; a crawler that still runs is passed over, as on AWS."""
    crawlers = glue.get_crawlers()["Crawlers"]
    scheduled = [(found["Name"], found["Schedule"]["ScheduleExpression"]) for found in crawlers if found.get("Schedule")]
    for name in timetable.due(scheduled, now):
        try:
            glue.start_crawler(Name=name)
        except glue.exceptions.CrawlerRunningException:
            _logger.info("crawler %s still runs; its turn is passed over", name)
