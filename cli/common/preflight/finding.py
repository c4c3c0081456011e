"""What a look at an account found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """What a look at one thing gave.

    Attributes:
        todo: what to do about it; empty where nothing is to do.
    """

    level: Level
    what: str
    todo: str = ""
