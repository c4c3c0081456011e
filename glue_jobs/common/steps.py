"""The steps of a run, told as they are done."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field


def write_line(line: str) -> None:
    """Print a line at once: what watches a run must not wait for a buffer to fill."""
    print(line, flush=True)


@dataclass
class Steps:
    """One JSON line on standard output per finished step.

    Attributes:
        run_id: the refresh that the steps belong to.
        write: gets each line.
    """

    run_id: str
    write: Callable[[str], None] = write_line
    _since: float = field(default_factory=time.monotonic)

    def step(self, name: str, **facts: object) -> None:
        """Tell that step `name` is done, how many seconds it took, and what it counted."""
        now = time.monotonic()
        told = {"event": "step", "step": name, "run": self.run_id, "seconds": round(now - self._since, 2), **facts}
        self.write(json.dumps(told, default=str))
        self._since = now
