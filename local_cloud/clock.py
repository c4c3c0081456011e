"""The clock of alarms, schedules and retries, which can run faster than the wall clock, and be put forward.

It runs as fast as the local cloud was started with. `clock.json` in the home of the local cloud changes that while it runs: a list of changes, each from a
moment of the wall clock on, as `{"changes": [{"at": 1767225600, "speed": 900}, {"at": 1767225700, "speed": 1, "ahead": 86400}]}`. What was measured under one
pace keeps the age that it had by then, so an alarm does not see again what a faster clock has left behind.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local_cloud.environment import home, started_speed

FILE = "clock.json"
FASTEST = 3600.0
"""An hour a second: with more, what a laptop does in one go takes longer than the periods of alarms."""


@dataclass(frozen=True)
class Change:
    """A change of the clock.

    Attributes:
        at: seconds of the wall clock from which on it holds.
        speed: how many times as fast as the wall clock it runs from then on.
        ahead: seconds that it is put forward then.
    """

    at: float
    speed: float
    ahead: float = 0


@dataclass(frozen=True)
class Clock:
    """A clock and its changes, the oldest first.

    Attributes:
        started: how many times as fast as the wall clock it ran before the first change.
    """

    started: float = 1
    changes: Sequence[Change] = ()

    @property
    def speed(self) -> float:
        return self.changes[-1].speed if self.changes else self.started

    def time(self, wall: float) -> float:
        """Return what this clock shows at a time of the wall clock; only differences mean something."""
        shown, since, speed = 0.0, self.changes[0].at if self.changes else 0.0, self.started
        for change in self.changes:
            if wall < change.at:
                break
            shown, since, speed = shown + (change.at - since) * speed + change.ahead, change.at, change.speed
        return shown + (wall - since) * speed


def clock() -> Clock:
    """Return the clock of the local cloud that runs in this process."""
    try:
        found = json.loads((home() / FILE).read_text(encoding="utf-8"))["changes"]
        changes = sorted(map(_change, found), key=lambda change: change.at)
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # a file that is being written is read the next time
        changes = []
    return Clock(started_speed(), changes)


def speed() -> float:
    """How many times as fast as the wall clock periods of alarms, rates of schedules and pauses between attempts pass."""
    return clock().speed


def _change(found: dict[str, Any]) -> Change:
    return Change(float(found["at"]), min(max(float(found["speed"]), 1.0), FASTEST), float(found.get("ahead", 0)))
