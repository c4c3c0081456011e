"""Bounds of times: those of the standard, which are fixed, and how far from its arrival a record's time may lie."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from contracts.contract import Column, RowRule

TIMES = ("date", "timestamp")
SECONDS = {"min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
DURATION = re.compile(rf"([1-9]\d*)({'|'.join(SECONDS)})")
LONGEST_DAYS = 365_250  # 1,000 years; what is added to an arrival has to stay a time of Spark's
EARLIEST = "{column} more than {bound} before arrival"
LATEST = "{column} more than {bound} after arrival"


class TimeError(Exception):
    """A bound that is none."""


def literal(bound: Any, kind: str) -> str:
    """Return a bound of the standard as a Spark SQL literal; one without a zone is in UTC, as all times of the lake.

    Raises:
        TimeError: it is no date, or no time, of a calendar.
    """
    try:
        if kind == "date":
            return f"date '{date.fromisoformat(str(bound)).isoformat()}'"
        found = datetime.fromisoformat(str(bound))
        in_utc = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise TimeError(f"{bound!r} lies outside the years 1 to 9999 in UTC, expected one within them") from error
    except ValueError as error:
        example = "2013-01-01" if kind == "date" else "2013-01-01T00:00:00Z"
        raise TimeError(f"{bound!r} is no {kind}, expected one as {example}") from error
    return f"timestamp '{in_utc.replace(tzinfo=None).isoformat()}Z'"


def row_rules(earliest: Mapping[str, str], latest: Mapping[str, str]) -> list[RowRule]:
    """Return the conditions that set a row apart whose time lies too far from its arrival.

    The arrival and not the time of the run: a row is judged alike whenever it is read.

    Raises:
        TimeError: a duration that is none.
    """
    return [
        *(_rule(EARLIEST, "<", "-", column, bound) for column, bound in earliest.items()),
        *(_rule(LATEST, ">", "+", column, bound) for column, bound in latest.items()),
    ]


def problems(columns: Mapping[str, Column], bounds: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with bounds by column."""
    for name, bound in bounds.items():
        if name not in columns:
            yield f"{name} is no column; columns: {', '.join(columns)}"
        elif columns[name].type not in TIMES:
            yield f"{name} is {columns[name].type}, expected a column of {' or '.join(TIMES)}"
        try:
            _seconds(bound, f" of {name}")
        except TimeError as error:
            yield str(error)


def _rule(name: str, sign: str, way: str, column: str, bound: str) -> RowRule:
    broken = f"cast(`{column}` as timestamp) {sign} _arrived_at {way} interval {_seconds(bound)} seconds"
    return RowRule(name=name.format(column=column, bound=bound), broken=broken)


def _seconds(bound: str, where: str = "") -> int:
    """Return how long a duration is.

    Raises:
        TimeError: it is none, or longer than a bound may be.
    """
    found = DURATION.fullmatch(bound)
    if not found:
        raise TimeError(f"{bound!r}{where} is no duration, expected a whole number and one of {', '.join(SECONDS)}, as 90d")
    longest = LONGEST_DAYS * SECONDS["d"]
    if len(found[1]) > len(str(longest)) or int(found[1]) * SECONDS[found[2]] > longest:
        raise TimeError(f"{bound[:40]!r}{where} is too long, expected at most {LONGEST_DAYS}d, which are 1,000 years")
    return int(found[1]) * SECONDS[found[2]]
