"""A drill: causes begin together, alarms are watched until they have begun, causes are mended, and alarms are watched until they are over."""

import time
from collections.abc import Callable, Sequence
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
        fired, over: seconds after the cause began and after it was mended; None where that never came.
        told: by which alarm somebody was told.
        note: why there was no exercise; empty where there was.
    """

    alarm: Alarm
    cause: Cause
    fired: float | None = None
    told: str | None = None
    over: float | None = None
    note: str = ""

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
            begun = self._start([one.cause.begin for one in live])
            self._watch("begun", live, lambda: self._fired(live, history, before, begun))
            mended = self._start([one.cause.end for one in live])
            self._watch("over", live, lambda: self._over(live, history, mended))
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

    def _start(self, actions: Sequence[Callable[[], object]]) -> float:
        for action in actions:
            action()
        return time.monotonic()

    def _watch(self, word: str, live: Sequence[Exercise], look: Callable[[], int]) -> None:
        deadline = time.monotonic() + self.seconds
        while (left := look()) and time.monotonic() < deadline:
            self.say(f"{len(live) - left} of {len(live)} alarms {word}")
            time.sleep(PAUSE)

    def _fired(self, live: Sequence[Exercise], history: History, before: int, begun: float) -> int:
        """Note which alarms have begun, and return how many have not, or told nobody."""
        now, changes = time.monotonic(), history.changes()
        told = {message.alarm for message in [*messages(self.home)][before:] if message.state == "ALARM"}
        for one in live:
            if one.fired is None and "ALARM" in changes.get(one.alarm.name, []):
                one.fired = now - begun
            if one.fired is not None and one.told is None:
                one.told = next((teller for teller in one.alarm.tellers if teller in told), None)
            if one.fired is None and one.cause.repeated:
                one.cause.begin()
        return sum(one.fired is None or one.told is None for one in live)

    def _over(self, live: Sequence[Exercise], history: History, mended: float) -> int:
        """Note which alarms are over, and return how many are not."""
        now, changes = time.monotonic(), history.changes()
        for one in live:
            found = changes.get(one.alarm.name, [])
            if one.over is None and "ALARM" in found and "OK" in found[found.index("ALARM") :]:
                one.over = max(0.0, now - mended)
        return sum(one.over is None for one in live if one.fired is not None)
