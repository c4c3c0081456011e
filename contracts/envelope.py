"""What a producer sends to the lake's stream: an object of JSON around one record, which is kept as it was written.

`{"dataset": "weather", "event_time": "2013-01-01T06:00:00Z", "record": {"origin": "JFK", ...}}`; event_time may be left out.

The standard library only: the transform of the stream uses it, and so may a verb that explains why a record was refused.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # the C scanner; typeshed leaves it out
from typing import Any

DATASET, EVENT_TIME, RECORD = "dataset", "event_time", "record"
KEYS = (DATASET, EVENT_TIME, RECORD)
REFUSED = "_refused"  # stands for the dataset of records that cannot be delivered; the name of none, as those begin with a letter
LONGEST_SHOWN = 100  # characters of what was found that a reason shows

# ISO 8601 with a zone: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
_TIME = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
_SPACE = re.compile(r"[ \t\n\r]*")
# an envelope as nearly all are, member by member: what else it may be, the slower way tells
_FIRST = re.compile(rf'[ \t\n\r]*\{{[ \t\n\r]*"({"|".join(KEYS)})"[ \t\n\r]*:[ \t\n\r]*')
_FURTHER = re.compile(rf'[ \t\n\r]*,[ \t\n\r]*"({"|".join(KEYS)})"[ \t\n\r]*:[ \t\n\r]*')
_END = re.compile(r"[ \t\n\r]*\}[ \t\n\r]*\Z")


class RefusedError(ValueError):
    """A record that cannot be delivered; the text says what was found and what is expected."""


@dataclass(frozen=True)
class Envelope:
    """What was found in an envelope.

    Attributes:
        event_time: as the producer wrote it; None where it is left out.
        record: the text of the record, character by character as the producer wrote it.
    """

    dataset: str
    event_time: str | None
    record: str


def _no_constant(name: str) -> None:
    raise RefusedError(f"it is not JSON: {name} is no value")


# numbers stay text, since nobody computes with them: no digits are too many, and none overflow
_scan_value = json.JSONDecoder(parse_constant=_no_constant, parse_int=str, parse_float=str).scan_once  # type: ignore[attr-defined]  # not in typeshed


def open_envelope(data: bytes, datasets: Collection[str]) -> Envelope:
    """Return what is in an envelope.

    Args:
        datasets: that take records of the stream.

    Raises:
        RefusedError: with the reason.
    """
    found = _members(_text(data))
    dataset, event_time = found.get(DATASET, (None, ""))[0], found.get(EVENT_TIME, (None, ""))[0]
    record, written = found.get(RECORD, (None, ""))
    if unknown := sorted(found.keys() - set(KEYS)):
        raise RefusedError(
            f"the envelope has {_shown(', '.join(unknown))}, expected {', '.join(KEYS)}; the fields of a record go into record"
        )
    if not isinstance(dataset, str):
        raise RefusedError(f"dataset is {_shown(dataset)}, expected the name of a dataset")
    if dataset not in datasets:
        raise RefusedError(f"dataset is {_shown(dataset)}, expected one that takes records of the stream: {', '.join(sorted(datasets))}")
    if event_time is not None and not (isinstance(event_time, str) and _TIME.fullmatch(event_time)):
        raise RefusedError(f"event_time is {_shown(event_time)}, expected a time with its zone, as 2013-01-01T06:00:00Z")
    if not isinstance(record, dict):
        raise RefusedError(f"record is {_shown(record)}, expected an object")
    return Envelope(dataset, event_time, written)


def _text(data: bytes) -> str:
    if not data.strip():
        raise RefusedError("it is empty")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(f"byte {error.object[error.start]:#04x} at {error.start} is not UTF-8") from None


def _members(text: str) -> dict[str, tuple[Any, str]]:
    """Return value and text of each member of the one object that a text is."""
    try:
        return _scan_plain(text) or _scan(text)
    except JSONDecodeError as error:
        raise RefusedError(f"it is not JSON: {error.msg} at character {error.pos}") from None
    except StopIteration as error:  # what the scanner says at the end of the text
        raise RefusedError(f"it is not JSON: a value is missing at character {error.value}") from None
    except RecursionError:
        raise RefusedError("it is nested too deeply to be read") from None


def _scan_plain(text: str) -> dict[str, tuple[Any, str]] | None:
    """Return the same as `_scan`, five times as fast; None where there is anything to complain of."""
    found: dict[str, tuple[Any, str]] = {}
    name = _FIRST.match(text)
    end = 0
    while name is not None and name[1] not in found:
        start = name.end()
        value, end = _scan_value(text, start)
        found[name[1]] = value, text[start:end]
        name = _FURTHER.match(text, end)
    return found if name is None and found and _END.match(text, end) else None


def _scan(text: str) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise RefusedError(f"it starts with {_shown(text[at : at + 1])}, expected an object: {{")
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}" or found:
        if text[at : at + 1] != '"':
            raise JSONDecodeError("a name in quotes is expected", text, at)
        name, at = scanstring(text, at + 1)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise JSONDecodeError("a colon is expected", text, at)
        start = _skip(text, at + 1)
        value, end = _scan_value(text, start)
        if name in found:
            raise RefusedError(f"{_shown(name)} stands twice in the envelope")
        found[name] = value, text[start:end]
        at = _skip(text, end)
        if text[at : at + 1] != ",":
            break
        at = _skip(text, at + 1)
    if text[at : at + 1] != "}":
        raise JSONDecodeError("a comma or a closing brace is expected", text, at)
    at = _skip(text, at + 1)
    if at != len(text):
        raise RefusedError(f"more follows after its end, at character {at}: one record of the stream is one object")
    return found


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None  # it matches nothing, too
    return found.end()


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
