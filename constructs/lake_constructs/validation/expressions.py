"""What is wrong with a schedule or an event pattern: both are texts to CloudFormation, and read only by the service."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
CRON = re.compile(r"cron\((.*)\)")
AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html: field, lowest, highest, names
FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of week", 1, 7, DAYS),
    ("year", 1970, 2199, ()),
)
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
EVENT_KEYS = ("account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version", "$or")
OPERATORS = ("anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard")
# what services send, as far as a lake waits for it; https://docs.aws.amazon.com/eventbridge/latest/ref/events.html
DETAIL_TYPES = {
    "aws.s3": (
        "Object Created",
        "Object Deleted",
        "Object Restore Completed",
        "Object Restore Expired",
        "Object Restore Initiated",
        "Object Storage Class Changed",
        "Object Access Tier Changed",
        "Object ACL Updated",
        "Object Tags Added",
        "Object Tags Deleted",
    ),
    "aws.states": ("Step Functions Execution Status Change",),
    "aws.glue": (
        "Glue Job State Change",
        "Glue Job Run Status",
        "Glue Crawler State Change",
        "Glue Data Catalog Database State Change",
        "Glue Data Catalog Table State Change",
        "Glue Scheduled Table Optimizer State Change",
        "Data Quality Evaluation Results Available",
    ),
    "aws.athena": ("Athena Query State Change",),
}


def schedule_problems(expression: str, *, may_be_once: bool = False) -> Iterator[str]:
    """Yield what is wrong with `rate(...)`, `cron(...)` and, for a scheduler, `at(...)`."""
    rate, cron = RATE.fullmatch(expression), CRON.fullmatch(expression)
    if rate:
        number, unit = int(rate[1]), rate[2]
        if number < 1 or (number == 1) == unit.endswith("s"):
            yield f"{expression} has to read rate(1 minute), rate(2 minutes) and so on"
    elif cron:
        yield from (f"{expression}: {problem}" for problem in _cron(cron[1].split()))
    elif not (may_be_once and AT.fullmatch(expression)):
        yield f"{expression} is neither rate(NUMBER UNIT) nor cron(MINUTES HOURS DAY MONTH WEEKDAY YEAR)"


def _cron(fields: list[str]) -> Iterator[str]:
    if len(fields) != len(FIELDS):
        yield f"it has {len(fields)} fields instead of {len(FIELDS)}"
        return
    if (fields[2] == "?") == (fields[4] == "?"):
        yield "exactly one of day of month and day of week has to be ?"
    for (name, lowest, highest, names), text in zip(FIELDS, fields, strict=True):
        for part in text.split(","):
            base = part.partition("/")[0]
            for end in base.split("-"):
                number = names.index(end) + 1 if end in names else int(end) if end.isdecimal() else None
                special = end in ("*", "?") or (name.startswith("day") and re.fullmatch(r"L|\d+W|LW|\d#\d|\dL", end))
                if not special and (number is None or not lowest <= number <= highest):
                    yield f"{name} {part} is not between {lowest} and {highest}"


def pattern_problems(pattern: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with an event pattern."""
    if not pattern:
        yield "the pattern is empty, and matches every event"
    yield from (f"no event has the key {key!r}; the keys are {', '.join(EVENT_KEYS)}" for key in pattern if key not in EVENT_KEYS)
    yield from _values(pattern, "")
    for source in pattern.get("source", []):
        known = DETAIL_TYPES.get(source) if isinstance(source, str) else None
        for sent in pattern.get("detail-type", []) if known else []:
            if isinstance(sent, str) and known and sent not in known:
                yield f"{source} sends no {sent!r}; it sends {', '.join(known)}"


def _values(pattern: Mapping[str, Any], above: str) -> Iterator[str]:
    for key, value in pattern.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping):
            yield from _values(value, f"{path}.")
        elif not isinstance(value, list):
            yield f"{path} is {value!r}; every value stands in a list"
        elif not value:
            yield f"{path} is an empty list, which matches nothing"
        elif key == "$or":
            yield from (problem for part in value for problem in _values(part, above))
        else:
            yield from (problem for part in value if isinstance(part, Mapping) for problem in _operator(path, part))


def _operator(path: str, matcher: Mapping[str, Any]) -> Iterator[str]:
    (name,) = list(matcher)[:1] or [""]
    if name not in OPERATORS and not name.startswith(("Fn::", "Ref")):
        yield f"{path} asks for {name!r}; it may ask for {', '.join(OPERATORS)}"
