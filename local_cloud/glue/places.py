"""How many runs go at a time: each is a Spark of some 600 MB that would fill two cores, and a burst over many datasets starts one for each."""

import os
import threading
from collections import deque
from collections.abc import Callable

MOST_AT_ONCE = min(max(3, os.cpu_count() or 0), 6)
"""Three even on two cores, since a Spark that starts or waits for S3 leaves room for another; six take some 4 GB, whatever the cores."""


class Places:
    """Places for runs, given in the order in which they are asked for."""

    def __init__(self, number: int = MOST_AT_ONCE) -> None:
        self._free = number
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    def are_taken(self) -> bool:
        """Whether who asks now has to wait."""
        with self._changed:
            return self._free == 0

    def waiting(self) -> int:
        """How many wait."""
        with self._changed:
            return len(self._waiting)

    def take(self, is_wanted: Callable[[], bool]) -> bool:
        """Wait for a place; return False, without one, when it is no longer wanted, which `look_again` makes this see."""
        own = object()
        with self._changed:
            self._waiting.append(own)
            self._changed.wait_for(lambda: not is_wanted() or (self._free > 0 and self._waiting[0] is own))
            self._waiting.remove(own)
            taken = is_wanted()
            self._free -= int(taken)
            self._changed.notify_all()  # the next one is first now
        return taken

    def give_back(self) -> None:
        """Give a place to the one that has waited longest."""
        with self._changed:
            self._free += 1
            self._changed.notify_all()

    def look_again(self) -> None:
        """Let those that wait see whether they still want a place."""
        with self._changed:
            self._changed.notify_all()
