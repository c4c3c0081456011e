"""One answer of the API, taken apart: records as the API wrote them, and what leads to the next page."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from urllib3.exceptions import ProtocolError

from contracts.pull import Order, Paging, Pull, Watermark
from lambdas.api_pull.errors import SourceError

BLANK = re.compile(r"[ \t\n\r]*")
NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)  # RFC 8288
SHOWN = 200  # characters of an answer that an error repeats
# numbers stay as they are written, and one of five thousand digits is no reason to lose the page around it
DECODER = json.JSONDecoder(parse_int=Decimal, parse_float=Decimal)
MARKS: dict[Order, Callable[[str], Any]] = {
    Order.TIME: lambda text: _in_utc(datetime.fromisoformat(text)),
    Order.NUMBER: Decimal,
    Order.TEXT: str,
}


class MalformedError(ProtocolError):
    """An answer is not JSON to its end: it was cut off on its way, or is no answer of the API's own."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What an answer holds.

    Attributes:
        records: JSON on one line each.
        next: cursor or URL of the next page; None where there is none, or where pages are counted.
        marks: the records' watermarks, as they are written; those that have none are left out.
    """

    records: Sequence[str]
    next: str | None
    marks: Sequence[str]


def read_page(spec: Pull, body: bytes, headers: Mapping[str, str]) -> Page:
    """Take an answer apart.

    Raises:
        MalformedError: it is not JSON to its end.
        SourceError: there is no list of records in it.
    """
    try:
        text = body.decode("utf-8-sig")
        answer = parsed(text)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"it is no whole JSON ({error}) and begins with {body[:SHOWN]!r}") from error
    found = below(answer, spec.records)
    if not isinstance(found, list):
        place = f"at $.{'.'.join(spec.records)}" if spec.records else "for an answer"
        raise SourceError(f"there is no list of records {place}; correct lake.pull.records. It begins with {text[:SHOWN]!r}")
    return Page(
        records=[text[start:end].translate({10: " ", 13: " "}) for start, end in _elements(text, _place(text, spec.records))],
        next=_next(spec, answer, headers),
        marks=[mark for record in found if (mark := _mark(spec.watermark, record)) is not None],
    )


def parsed(text: str) -> Any:
    """Return a text as JSON.

    Raises:
        ValueError: it is none, or goes on after its end.
    """
    start = _after_blank(text, 0)
    value, end = DECODER.raw_decode(text, start)
    if _after_blank(text, end) != len(text):
        raise ValueError(f"there is more after its end at character {end}")
    return value


def below(value: Any, names: Iterable[str]) -> Any:
    """Return what some names lead to; None where they lead nowhere."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def latest(marks: Iterable[str | None], order: Order, now: datetime) -> str | None:
    """Return the latest of some watermarks; None where there is none.

    One that cannot be read is passed over, and so is one from the future, after which nothing would ever be asked for again.
    """
    known = {mark: value for mark in marks if mark is not None and (value := _value(mark, order)) is not None}
    past = [mark for mark, value in known.items() if order is not Order.TIME or value <= now]
    return max(past, key=lambda mark: known[mark], default=None)


def later_than(marks: Iterable[str], since: str | None, order: Order) -> int:
    """Return how many watermarks are later than one."""
    limit = _value(since, order) if since is not None else None
    values = [_value(mark, order) for mark in marks]
    return sum(value is not None and (limit is None or value > limit) for value in values)


def _value(mark: str, order: Order) -> Any:
    try:
        return MARKS[order](mark)
    except (ValueError, InvalidOperation):
        return None


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _mark(watermark: Watermark | None, record: Any) -> str | None:
    value = below(record, watermark.field) if watermark else None
    return str(value) if isinstance(value, str | Decimal) else None


def _next(spec: Pull, answer: Any, headers: Mapping[str, str]) -> str | None:
    if spec.paging is Paging.PAGE:
        return None
    if not spec.next:
        named = NEXT.search(headers.get("Link", ""))
        return named[1] if named else None
    value = below(answer, spec.next)
    return str(value) if isinstance(value, str | Decimal) and value != "" else None


def _place(text: str, names: Sequence[str]) -> int:
    """Return where the value begins that some names lead to."""
    start = _after_blank(text, 0)
    for name in names:
        start = dict(_members(text, start))[name]  # of a key that stands twice the last counts, as it does for the decoder
    return start


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield the keys of an object, each with where its value begins."""
    at = _after_blank(text, start + 1)
    while text[at] != "}":
        key, end = DECODER.raw_decode(text, at)
        value = _after_blank(text, _after_blank(text, end) + 1)
        yield key, value
        at = _after_comma(text, DECODER.raw_decode(text, value)[1])


def _elements(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield where each element of a list begins and ends."""
    at = _after_blank(text, start + 1)
    while text[at] != "]":
        end = DECODER.raw_decode(text, at)[1]
        yield at, end
        at = _after_comma(text, end)


def _after_comma(text: str, at: int) -> int:
    at = _after_blank(text, at)
    return _after_blank(text, at + 1) if text[at] == "," else at


def _after_blank(text: str, at: int) -> int:
    found = BLANK.match(text, at)
    assert found is not None  # it matches nothing too
    return found.end()
