"""Job bookmarks of S3 sources: which objects a run reads. Pure: no Spark, no S3, no clock.

Glue remembers of the last committed run its start T1 and the objects that it had read of those modified within a band before T1. A run
started at T2 reads what was modified in (T1 - band, T1] and is not among these, and all that was modified in (T1, T2]. So an object that
S3 lists late is found as long as it is not older than the band; an older one never is.

Source: "Tracking processed data using job bookmarks" of Glue's guide and, for the band, its release of 2018.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BAND = 900_000
"""Milliseconds of the band unless a source says otherwise."""

State = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class S3Object:
    """An object of a source; ordered by time, then by name.

    Attributes:
        modified: milliseconds since 1970.
        uri: s3://bucket/key.
        size: bytes.
    """

    modified: int
    uri: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a run takes at most.

    Attributes:
        band: milliseconds.
        files_in_band: objects of the band; those over it are left to the next run.
        files: objects.
        size: bytes; a first object that is larger is taken all the same.
    """

    band: int = BAND
    files_in_band: int | None = None
    files: int | None = None
    size: int | None = None


@dataclass(frozen=True)
class Position:
    """How far a source has been read.

    Attributes:
        reached: time up to which it was read; milliseconds since 1970.
        band: milliseconds.
        included: hashes of the objects read in the band before `reached`.
        runs: committed runs that led here.
    """

    reached: int
    band: int
    included: frozenset[str]
    runs: int

    def covers(self, item: S3Object) -> bool:
        """Whether the runs that led here have read `item`."""
        return item.modified <= self.reached - self.band or (item.modified <= self.reached and _hash(item) in self.included)

    def to_state(self) -> State:
        """Return the position as Glue's GetJobBookmark shows it."""
        reached = datetime.fromtimestamp(self.reached / 1000, UTC).isoformat(timespec="milliseconds")
        timestamps = {
            "RUN": str(self.runs),
            "HIGH_BAND": str(self.band),
            "CURR_LATEST_PARTITION": "0",
            "CURR_LATEST_PARTITIONS": "",
            "CURR_RUN_START_TIME": reached.replace("+00:00", "Z"),
            "INCLUDE_LIST": ",".join(sorted(self.included)),
        }
        return {"jsonClass": "HadoopDataSourceJobBookmarkState", "timestamps": timestamps}

    @classmethod
    def from_state(cls, state: State) -> "Position":
        """Return the position that `to_state` gave."""
        timestamps = state["timestamps"]
        return cls(
            reached=round(datetime.fromisoformat(timestamps["CURR_RUN_START_TIME"]).timestamp() * 1000),
            band=int(timestamps["HIGH_BAND"]),
            included=frozenset(filter(None, timestamps["INCLUDE_LIST"].split(","))),
            runs=int(timestamps["RUN"]),
        )


@dataclass(frozen=True)
class Increment:
    """What a run reads of a source, and where the source stands once that run has committed."""

    objects: Sequence[S3Object]
    position: Position


def increment(listed: Iterable[S3Object], last: Position | None, started: int, limits: Limits) -> Increment:
    """Return what a run that started at `started` reads, of all that a source has now."""
    present = sorted(item for item in listed if item.modified <= started)
    new = [item for item in present if last is None or not last.covers(item)]
    taken = _within(new, limits)
    everything = len(taken) == len(new)
    reached = started if everything else max(taken[-1].modified if taken else 0, last.reached if last else 0)
    read = {item.uri for item in taken} | {item.uri for item in present if last is not None and last.covers(item)}
    band = [item for item in present if reached - limits.band < item.modified <= reached and item.uri in read]
    taken, band = _without_surplus(taken, band, limits)
    return Increment(taken, Position(reached, limits.band, frozenset(map(_hash, band)), last.runs + 1 if last else 1))


def between(listed: Iterable[S3Object], first: Position | None, last: Position) -> Sequence[S3Object]:
    """Return what the runs after `first` up to `last` have read: what a paused bookmark with from and to reads again."""
    return sorted(item for item in listed if last.covers(item) and not (first and first.covers(item)))


def _within(new: Sequence[S3Object], limits: Limits) -> list[S3Object]:
    taken: list[S3Object] = []
    size = 0
    for item in new:
        size += item.size
        if (limits.files is not None and len(taken) >= limits.files) or (limits.size is not None and taken and size > limits.size):
            break
        taken.append(item)
    return taken


def _without_surplus(taken: list[S3Object], band: list[S3Object], limits: Limits) -> tuple[list[S3Object], list[S3Object]]:
    if limits.files_in_band is None or len(band) <= limits.files_in_band:
        return taken, band
    surplus = set(band[limits.files_in_band :]) & set(taken)
    return [item for item in taken if item not in surplus], [item for item in band if item not in surplus]


def _hash(item: S3Object) -> str:
    return hashlib.md5(item.uri.encode(), usedforsecurity=False).hexdigest()
