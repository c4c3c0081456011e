"""The bookmark of one run of a job: what it reads of each source, saved when the job commits."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from awsglue.bookmark import Limits, Position, S3Object, State, between, increment
from awsglue.bookmark_store import BookmarkStore


class Option(StrEnum):
    """What a run does with the bookmark of its job."""

    ENABLE = "job-bookmark-enable"
    DISABLE = "job-bookmark-disable"
    PAUSE = "job-bookmark-pause"


@dataclass
class JobBookmark:
    """The bookmark of a run.

    Attributes:
        started: when the run started; milliseconds since 1970.
        window: for a paused bookmark, the runs after the first of which, up to the second, are read again.
    """

    store: BookmarkStore
    job_name: str
    run_id: str
    option: Option
    started: int
    window: tuple[str, str] | None = None
    _version: int = 0
    _saved: dict[str, State] = field(default_factory=dict)
    _reached: dict[str, State] = field(default_factory=dict)

    def __post_init__(self) -> None:
        latest = self.store.latest(self.job_name)
        if latest:
            self._version, self._saved = latest["Version"], json.loads(latest["JobBookmark"])

    def select(self, source: str, listed: Iterable[S3Object], limits: Limits) -> Sequence[S3Object]:
        """Return what this run reads of all that a source has; `source` is its transformation_ctx, without which it has no bookmark."""
        if not source or self.option is Option.DISABLE:
            return sorted(listed)
        if self.option is Option.PAUSE and self.window:
            return self._between(source, listed, self.window)
        last = _position(self._saved, source)
        found = increment(listed, last, self.started, limits)
        self._reached[source] = found.position.to_state()
        return found.objects

    def commit(self) -> None:
        """Save where all sources stand, at once.

        Raises:
            VersionMismatchError: another run has committed meanwhile.
        """
        if self.option is Option.ENABLE:
            self._saved = self._saved | self._reached
            self._version = self.store.commit(self.job_name, self.run_id, self._version, self._saved)
            self._reached = {}

    def _between(self, source: str, listed: Iterable[S3Object], window: tuple[str, str]) -> Sequence[S3Object]:
        first, last = (_position(json.loads(self.store.at(self.job_name, run)["JobBookmark"]), source) for run in window)
        return between(listed, first, last) if last else []


def _position(states: dict[str, State], source: str) -> Position | None:
    return Position.from_state(states[source]) if source in states else None
