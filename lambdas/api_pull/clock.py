"""The time that a run has."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lambdas.api_pull.errors import LaterError

SPARE_SECONDS = 10.0  # of a run's time, for its last writes and for the start of the next one


@dataclass(frozen=True)
class Clock:
    """Tells the time, and how much of it is left.

    Attributes:
        remaining: seconds until the run is ended from outside.
        sleep: waits some seconds.
    """

    remaining: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep

    def now(self) -> datetime:
        return datetime.now(UTC)

    def left(self) -> float:
        """Return the seconds that may still be spent; below 0 where they are over."""
        return self.remaining() - SPARE_SECONDS

    def wait(self, seconds: float) -> None:
        """Wait.

        Raises:
            LaterError: the run would not live to see the end.
        """
        if seconds > self.left():
            raise LaterError(0)
        self.sleep(seconds)
