"""Numbers and times as people read them."""

from datetime import datetime, timedelta

STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def plural(number: float, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `plural(2, 'row')` is 2 rows."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def age(span: timedelta | None) -> str:
    """Return a span in its greatest whole unit, as `3 hours`; from two of a unit on, so that an hour and a half are 90 minutes."""
    if span is None:
        return ""
    seconds = max(0, int(span.total_seconds()))
    for name, length in STEPS:
        if seconds >= 2 * length or length == 1:
            return plural(seconds // length, name)
    raise AssertionError(span)


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago, or nothing for never."""
    return f"{age(now - moment)} ago" if moment else ""


def whole(number: int | None) -> str:
    """Return a number with its thousands apart, and a dash for none."""
    return "–" if number is None else f"{number:,}"  # noqa: RUF001 - a dash is what a reader expects


def took(seconds: float | None) -> str:
    """Return a duration."""
    if seconds is None:
        return ""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def moment(at: datetime | None) -> str:
    """Return a time as it is written down."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def hours(number: int | None) -> str:
    """Return a limit of hours, in days where it is some."""
    if number is None:
        return "any age"
    return plural(number // 24, "day") if number % 24 == 0 and number >= 48 else plural(number, "hour")
