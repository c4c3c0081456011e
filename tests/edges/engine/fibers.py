"""Executions side by side in one process, one of them at a time, on a clock of their own: nobody waits for anything."""

import random
import threading
from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime

MORNING = datetime(2026, 1, 15, 6, tzinfo=UTC).timestamp()


class Stopped(BaseException):
    """The execution was ended from outside; no Exception, so that nothing in the interpreter catches it."""


class Fiber:
    """Something that runs until it pauses."""

    def __init__(self, fibers: "Fibers", work: Callable[[], None]) -> None:
        self.fibers, self.wakes_at, self.is_done, self.killed = fibers, fibers.now, False, False
        self.problem: BaseException | None = None
        self._turn, self._work = threading.Semaphore(0), work
        threading.Thread(target=copy_context().run, args=(self._run,), daemon=True).start()

    def step(self) -> None:
        """Let it run until it pauses or is done."""
        self._turn.release()
        self.fibers.back.acquire()
        if self.problem is not None:
            raise self.problem

    def pause(self, until: float | None = None) -> None:
        """Called by what runs: let others go on, until a time of the clock.

        Raises:
            Stopped: it was killed meanwhile.
        """
        self.wakes_at = self.fibers.now if until is None else until
        self.fibers.back.release()
        self._turn.acquire()
        if self.killed:
            raise Stopped

    def _run(self) -> None:
        self._turn.acquire()
        try:
            self._work()
        except Stopped:
            pass
        except BaseException as problem:  # noqa: BLE001  # told where the step was asked for
            self.problem = problem
        self.is_done = True
        self.fibers.back.release()


class Fibers:
    """All that runs, and the clock.

    Args:
        seed: of the order in which what is ready runs; None means the oldest first, until it waits.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.now, self.back, self.running = MORNING, threading.Semaphore(0), list[Fiber]()
        self.current: Fiber | None = None
        self._random = None if seed is None else random.Random(seed)

    def add(self, work: Callable[[], None]) -> Fiber:
        fiber = Fiber(self, work)
        self.running.append(fiber)
        return fiber

    def settle(self, until: float | None = None) -> None:
        """Run everything until nothing is left, or until a time; the clock jumps to whatever wakes next."""
        while self.running:
            ready = [fiber for fiber in self.running if fiber.wakes_at <= self.now]
            if not ready:
                wakes_at = min(fiber.wakes_at for fiber in self.running)
                if until is not None and wakes_at > until:
                    break
                self.now = wakes_at
                continue
            self.current = self._random.choice(ready) if self._random else ready[0]
            self.current.step()
            self.running = [fiber for fiber in self.running if not fiber.is_done]
        self.current = None
        self.now = max(self.now, until or self.now)

    def iso(self, moment: float | None = None) -> str:
        when = datetime.fromtimestamp(self.now if moment is None else moment, UTC)
        return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
