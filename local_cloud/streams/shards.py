"""The shards of streams: where their records are, and how sequence numbers and iterators name a place in them."""

import base64
import json
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_cloud.streams.shard_log import ShardLog

ITERATOR_SECONDS = 300
"""That an iterator is good for, as on AWS."""
LARGEST_ANSWER = 10 * 1024 * 1024
MOST_RECORDS = 10_000
"""Of one GetRecords."""


class InvalidPlaceError(ValueError):
    """A sequence number or an iterator that names no place in a shard."""


class ExpiredError(ValueError):
    """An iterator that was not used for too long."""


@dataclass(frozen=True)
class Place:
    """A place in a shard of a stream."""

    stream: str
    shard: str
    at: int

    def iterator(self) -> str:
        """Return it as an iterator that begins to age now."""
        return base64.b64encode(json.dumps([self.stream, self.shard, self.at, int(time.time())]).encode()).decode()

    @classmethod
    def of(cls, iterator: str) -> "Place":
        """Return the place that an iterator names.

        Raises:
            InvalidPlaceError, ExpiredError: it is not good, or not any more.
        """
        try:
            stream, shard, at, issued = json.loads(base64.b64decode(iterator))
        except (ValueError, TypeError) as error:
            raise InvalidPlaceError("Invalid ShardIterator.") from error
        if time.time() - issued > ITERATOR_SECONDS:
            raise ExpiredError(f"Iterator expired. The iterator was created {int(time.time() - issued)} seconds ago.")
        return cls(stream, shard, at)


@dataclass
class Shards:
    """The logs of all shards, in `<folder>/<stream>/<when it was made>/<shard>/`."""

    folder: Path
    _logs: dict[tuple[str, str], ShardLog] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def log(self, stream: dict[str, Any], shard: str) -> ShardLog:
        """Return the log of a shard of one of ministack's streams."""
        folder = self._of(stream)
        with self._lock:
            key = str(folder), shard
            if key not in self._logs:
                self._logs[key] = ShardLog(folder / shard)
            return self._logs[key]

    def forget(self, stream: dict[str, Any]) -> None:
        """Delete the records of a stream."""
        folder = self._of(stream)
        with self._lock:
            for key in [key for key in self._logs if key[0] == str(folder)]:
                del self._logs[key]
        shutil.rmtree(folder, ignore_errors=True)

    def _of(self, stream: dict[str, Any]) -> Path:
        return self.folder / str(stream["StreamName"]) / str(stream["CreationTimestamp"])


def sequence_number(shard: str, at: int) -> str:
    """Return the sequence number of the record at a place: as long as those of AWS, and growing."""
    return f"496{int(shard.rpartition('-')[2]):05d}{at:048d}"


def place(number: str) -> int:
    """Return the place that a sequence number names.

    Raises:
        InvalidPlaceError: it is none.
    """
    if len(number) != len(sequence_number("0", 0)) or not number.isdigit():
        raise InvalidPlaceError(f"StartingSequenceNumber {number} is invalid.")
    return int(number[8:])
