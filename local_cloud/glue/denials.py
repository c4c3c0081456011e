"""What IAM denied to the runs that are live, so that a failed run says which grant it misses.

S3 answers a denied HEAD without a word of why, and Iceberg asks again for minutes before it gives up.
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 5
"""How often the same denial may come before the run is ended: about seven seconds of Iceberg's twenty attempts to read metadata."""


@dataclass
class Watch:
    """The denials of one run.

    Attributes:
        give_up: called once, from the thread of a request, when the same denial has come too often.
    """

    give_up: Callable[[], None]
    _seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, principal: str, action: str, resource: str) -> None:
        """Count a denial."""
        denial = f"User: {principal} is not authorized to perform: {action}", resource
        self._seen[denial] += 1
        if self._seen[denial] == PATIENCE:
            self.give_up()

    def messages(self) -> list[str]:
        """Return what was denied, with the first resource of each action."""
        first: dict[str, str] = {}
        for denial, resource in self._seen:
            first.setdefault(denial, resource)
        return [f"AccessDenied: {denial} on resource: {resource}" for denial, resource in first.items()]

    def has_given_up(self) -> bool:
        """Whether the same denial has come too often."""
        return any(times >= PATIENCE for times in self._seen.values())


class Denials:
    """The watches of live runs, by the access key that each run has for itself."""

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._lock = threading.Lock()

    def watch(self, access_key: str, give_up: Callable[[], None]) -> Watch:
        """Note from now on what is denied to `access_key`."""
        with self._lock:
            return self._watches.setdefault(access_key, Watch(give_up))

    def forget(self, access_key: str) -> None:
        """End a watch."""
        with self._lock:
            self._watches.pop(access_key, None)

    def around(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap ministack's check of a request."""

        def enforce(
            access_key_id: str,
            iam_action: str,
            service: str,
            region: str,
            resource_arn: str = "*",
            service_context: dict[str, Any] | None = None,
        ) -> Any:
            denied = original(access_key_id, iam_action, service, region, resource_arn, service_context)
            watch = self._watches.get(access_key_id) if denied else None
            # Errors of authentication have no decision: they are not about a grant.
            if watch and hasattr(denied, "decision"):
                watch.note(denied.principal_arn, iam_action, resource_arn)
            return denied

        return enforce
