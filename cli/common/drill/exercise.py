"""A drill: causes begin together, alarms are watched until they have begun, causes are mended, and alarms are watched until they are over."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.common.console import Say
from cli.common.drill.alarms import Alarm, History, put, states
from cli.common.drill.causes import SILENCE, Cause, Causes
from cli.common.inbox import messages
from cli.common.session import Lake

PAUSE = 0.2  # seconds between looks


@dataclass
class Exercise:
    """An alarm, its cause, and what became of it.

    Attributes:
        since: when the cause began, and later when it was mended, by a clock that goes on.
        fired, over: seconds after the cause began, and after it was mended or, where it is over by itself, after the alarm began; None where that
            never came.
        told: by which alarm somebody was told.
        note: why there was no exercise; empty where there was.
    """

    alarm: Alarm
    cause: Cause
    fired: float | None = None
    told: str | None = None
    over: float | None = None
    note: str = ""
    since: float = 0.0

    def begin(self) -> None:
        """Cause the failure."""
        self.since = time.monotonic()
        self.cause.begin()

    def mend(self) -> None:
        """Mend it, where it is not over by itself."""
        if self.cause.end:
            self.since = time.monotonic()
            self.cause.end()

    @property
    def passed(self) -> bool:
        return None not in (self.fired, self.told, self.over)


@dataclass(frozen=True)
class Drill:
    """A drill of some alarms of a lake on this machine.

    Attributes:
        home: of its local cloud.
        seconds: that each wait may take.
    """

    lake: Lake
    home: Path
    seconds: float
    say: Say

    def run(self, alarms: Sequence[Alarm]) -> list[Exercise]:
        """Carry it out; the clock runs fast already."""
        causes = Causes(self.lake)
        with causes.measuring:
            exercises = [Exercise(alarm, causes.of(alarm)) for alarm in alarms]
            self._calm(exercises)
            live = [one for one in exercises if not one.note]
            history, before = History.begin(self.lake), len([*messages(self.home)])
            for one in live:
                one.begin()
            self._watch("begun", live, lambda: self._fired(live, history, before))
            for one in live:
                one.mend()
            self._watch("over", live, lambda: over(live, history.changes()))
        return exercises

    def leave(self, exercises: Sequence[Exercise]) -> None:
        """Send to each alarm that waits for what comes what ends it: the silence was the clock's."""
        for one in exercises:
            if one.cause.failure == SILENCE:
                put(self.lake, one.alarm, bad=False)

    def _calm(self, exercises: Sequence[Exercise]) -> None:
        """Wait until no alarm is on, and take out those that stay so; what begins by silence is given something to hear."""
        deadline = time.monotonic() + self.seconds
        while True:
            for one in exercises:
                if one.cause.failure == SILENCE:
                    put(self.lake, one.alarm, bad=False)
            found = states(self.lake)
            ringing = [one for one in exercises if found[one.alarm.name] != "OK"]
            self.say(f"{len(ringing)} alarms on before the drill")
            if not ringing or time.monotonic() > deadline:
                break
            time.sleep(PAUSE)
        for one in ringing:
            one.note = "was on before the drill"

    def _watch(self, word: str, live: Sequence[Exercise], look: Callable[[], int]) -> None:
        deadline = time.monotonic() + self.seconds
        while (left := look()) and time.monotonic() < deadline:
            self.say(f"{len(live) - left} of {len(live)} alarms {word}")
            time.sleep(PAUSE)

    def _fired(self, live: Sequence[Exercise], history: History, before: int) -> int:
        """Note which alarms have begun, and return how many have not, or told nobody."""
        now, changes = time.monotonic(), history.changes()
        told = {message.alarm for message in [*messages(self.home)][before:] if message.state == "ALARM"}
        for one in live:
            if one.fired is None and "ALARM" in changes.get(one.alarm.name, []):
                one.fired, one.since = now - one.since, now
            if one.fired is not None and one.told is None:
                one.told = next((teller for teller in one.alarm.tellers if teller in told), None)
            if one.fired is None and one.cause.repeated:
                one.cause.begin()
        over([one for one in live if one.cause.end is None], changes)
        return sum(one.fired is None or one.told is None for one in live)


def over(live: Sequence[Exercise], changes: Mapping[str, Sequence[str]]) -> int:
    """Note which alarms are over, and return how many are not."""
    for one in live:
        found = changes.get(one.alarm.name, [])
        if one.fired is not None and one.over is None and "OK" in found[found.index("ALARM") :]:
            one.over = time.monotonic() - one.since
    return sum(one.over is None for one in live if one.fired is not None)
