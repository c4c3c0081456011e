"""What the topics of a lake on this machine were told: the local cloud writes it down, since no mail leaves it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "inbox.jsonl"


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        at: ISO 8601 in UTC.
        topic: its name.
        about: the alarm and its new state, or the message's subject.
        alarm: name of the alarm that tells; None where it is none.
    """

    at: str
    topic: str
    about: str
    text: str
    alarm: str | None = None
    state: str | None = None


def messages(home: Path) -> Iterator[Message]:
    """Yield all there are, the oldest first."""
    try:
        lines = (home / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return  # nobody was told of anything
    for line in lines:
        try:
            yield _message(json.loads(line))
        except ValueError:
            continue  # the last line, while it is being written


def _message(entry: dict[str, Any]) -> Message:
    topic, text = entry["topic"].rpartition(":")[2], entry["message"]
    told = _of_alarm(text)
    if told is None:
        return Message(entry["at"], topic, entry["subject"] or "", text)
    name, state = told["AlarmName"], told["NewStateValue"]
    return Message(entry["at"], topic, f"{name} is {state}", f"{told['AlarmDescription']} ({told['NewStateReason']})", name, state)


def _of_alarm(text: str) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) and {"AlarmName", "NewStateValue"} <= told.keys() else None
