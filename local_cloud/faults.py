"""Faults that AWS has and a laptop has not, made to happen on demand.

`faults.json` in the home of the local cloud says how often each is still to happen, as `{"throttled_records": 100}`.
"""

import json
import threading

from local_cloud.environment import home

FAILED_STACK = "failed_stack:"
KNOWN = {
    "throttled_records": "records that PutRecords turns away, every other one of a request",
    "lost_answers": "answers of a transform that Firehose does not get, as after a time-out",
    "repeated_deliveries": "objects that Firehose delivers a second time",
    f"{FAILED_STACK}NAME": "deploys of the stack NAME that fail when all of its resources are made, and are rolled back",
}
_lock = threading.Lock()


def left(name: str) -> int:
    """Return how often a fault is still to happen."""
    return _read().get(name, 0)


def take(name: str, count: int = 1) -> bool:
    """Let a fault happen, if it is still to; return whether it does."""
    with _lock:
        faults = _read()
        if not faults.get(name):
            return False
        faults[name] = max(0, faults[name] - count)
        (home() / "faults.json").write_text(json.dumps(faults), encoding="utf-8")
        return True


def _read() -> dict[str, int]:
    try:
        found: dict[str, int] = json.loads((home() / "faults.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # a file that is being written is read the next time
        return {}
    return found
