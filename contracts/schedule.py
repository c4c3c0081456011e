"""Schedules as Glue and EventBridge take them: `cron(minutes hours day-of-month month day-of-week year)`, in UTC.

https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html
"""

import re
from dataclasses import dataclass

LEAST_MINUTES = 5  # Glue starts a crawler no more often
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


@dataclass(frozen=True)
class _Field:
    """One of the six fields.

    Attributes:
        names: that stand for the numbers from `least` on.
        more: what is allowed besides lists, ranges and steps of numbers.
    """

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    more: str = r"(?!)"

    def values(self, text: str) -> set[int] | None:
        """Return the numbers that a field stands for, none for what only a calendar can tell; None where it is no such field."""
        if re.fullmatch(self.more, text):
            return set()
        parts = [self._part(part) for part in text.split(",")]
        return None if None in parts else {value for part in parts if part for value in part}

    def _part(self, text: str) -> range | None:
        found = re.fullmatch(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?", text)
        if not found:
            return None
        first = self.least if found[1] else self._number(found[2])
        last = self.most if found[1] or (found[4] and not found[3]) else self._number(found[3] or found[2])
        step = int(found[4] or 1)
        return None if first is None or last is None or first > last or not step else range(first, last + 1, step)

    def _number(self, text: str) -> int | None:
        number = self.names.index(text) + self.least if text in self.names else int(text) if text.isdecimal() else None
        return number if number is not None and self.least <= number <= self.most else None


FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, more=r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    _Field("month", 1, 12, tuple(MONTHS)),
    _Field("day of week", 1, 7, tuple(DAYS), more=rf"\?|([1-7]|{'|'.join(DAYS)})?L|([1-7]|{'|'.join(DAYS)})#[1-5]"),
    _Field("year", 1970, 2199),
)


def start_problem(text: str) -> str | None:
    """Return what is wrong with a schedule of EventBridge Scheduler, which takes rates too; None where nothing is.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    if not text.startswith("rate("):
        return problem(text)
    found = RATE.fullmatch(text)
    if not found or int(found[1]) < 1:
        return f"{text!r} is no rate, expected rate(value unit) with minutes, hours or days, as rate(15 minutes)"
    if found[2] == "minute" and int(found[1]) < LEAST_MINUTES:
        return f"{text!r} starts every {found[1]} min, expected {LEAST_MINUTES} min or more apart"
    return None


def problem(text: str) -> str | None:
    """Return what is wrong with a crawler's schedule; None where nothing is."""
    found = re.fullmatch(r"cron\((.*)\)", text)
    parts = found[1].split() if found else []
    if len(parts) != len(FIELDS):
        return (
            f"{text!r} is no schedule, expected cron({' '.join(field.name.replace(' ', '-') for field in FIELDS)}), as cron(15 4 * * ? *)"
        )
    for field, part in zip(FIELDS, parts, strict=True):
        if field.values(part) is None:
            return f"{text!r} has {part!r} for {field.name}, expected {field.least} to {field.most} with , - * /"
    if (parts[2] == "?") == (parts[4] == "?"):
        return f"{text!r} needs ? for one of day of month and day of week, and not for both"
    minutes = sorted(FIELDS[0].values(parts[0]) or ())
    gap = min((later - earlier for earlier, later in zip(minutes, [*minutes[1:], minutes[0] + 60], strict=True)), default=60)
    return f"{text!r} starts every {gap} min, expected {LEAST_MINUTES} min or more apart" if gap < LEAST_MINUTES else None
