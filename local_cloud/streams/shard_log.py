"""The records of one shard, on disk: what a stream holds takes no memory, and outlives the local cloud."""

import struct
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SEGMENT = 16 * 1024 * 1024
"""Bytes after which a new file is begun; expired records are deleted a file at a time."""
_HEADER = struct.Struct(">QHI")  # arrival, bytes of the partition key, bytes of the data


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a stream.

    Attributes:
        at: its place in the shard, in bytes from the beginning; the sequence number is made from it.
        end: where the next one begins.
        arrived: milliseconds since 1970.
    """

    at: int
    end: int
    arrived: int
    partition_key: str
    data: bytes


@dataclass
class _Segment:
    start: int
    first_arrival: int
    path: Path


class ShardLog:
    """Appends records and reads them from any place on."""

    def __init__(self, folder: Path) -> None:
        """Open the log, which is made if absent; a record that a killed process left half written is cut off."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._segments = [_Segment(int(path.stem), _first_arrival(path), path) for path in sorted(folder.glob("*.log"))]
        self._end = self._repair() if self._segments else 0

    @property
    def end(self) -> int:
        """Where the next record will begin."""
        return self._end

    def append(self, records: Sequence[tuple[bytes, bytes]], now: int) -> list[int]:
        """Write records, each a partition key and its data, and return their places."""
        with self._lock:
            if not records:
                return []
            segment = self._writable(now)
            places, at, written = [], self._end, bytearray()
            for key, data in records:
                places.append(at)
                written += _HEADER.pack(now, len(key), len(data))
                written += key
                written += data
                at += _HEADER.size + len(key) + len(data)
            with segment.path.open("ab") as file:
                file.write(written)
            self._end = at
            return places

    def read(self, at: int, largest: int, count: int) -> Iterator[Record]:
        """Yield records from a place on: at most `count`, and no more than the first beyond `largest` bytes."""
        end, size = self._end, 0
        for segment in self._from(at):
            with segment.path.open("rb") as file:
                at = max(at, segment.start)
                file.seek(at - segment.start)
                while at < end and (header := file.read(_HEADER.size)):
                    if size >= largest or count <= 0:
                        return
                    arrived, key_size, data_size = _HEADER.unpack(header)
                    key = file.read(key_size).decode()
                    record = Record(at, at + _HEADER.size + key_size + data_size, arrived, key, file.read(data_size))
                    yield record
                    at, size, count = record.end, size + data_size, count - 1

    def since(self, moment: int) -> int:
        """Return the place of the first record that arrived at a moment, in milliseconds, or later."""
        arrivals = [segment.first_arrival for segment in self._segments]
        at = self._segments[max(0, bisect_right(arrivals, moment - 1) - 1)].start if self._segments else 0
        for record in self.read(at, 1 << 62, 1 << 62):
            if record.arrived >= moment:
                return record.at
        return self._end

    def trim(self, moment: int) -> None:
        """Delete files of which every record arrived before a moment."""
        with self._lock:
            while len(self._segments) > 1 and self._segments[1].first_arrival < moment:
                self._segments.pop(0).path.unlink(missing_ok=True)

    def _writable(self, now: int) -> _Segment:
        if not self._segments or self._end - self._segments[-1].start >= SEGMENT:
            self._segments.append(_Segment(self._end, now, self._folder / f"{self._end:020d}.log"))
        return self._segments[-1]

    def _from(self, at: int) -> list[_Segment]:
        starts = [segment.start for segment in self._segments]
        return self._segments[max(0, bisect_right(starts, at) - 1) :]

    def _repair(self) -> int:
        """Cut off what is incomplete at the end of the last file and return where the log ends."""
        last = self._segments[-1]
        size, whole = last.path.stat().st_size, 0
        with last.path.open("r+b") as file:
            while len(header := file.read(_HEADER.size)) == _HEADER.size:
                _, key_size, data_size = _HEADER.unpack(header)
                if whole + _HEADER.size + key_size + data_size > size:
                    break
                whole += _HEADER.size + key_size + data_size
                file.seek(whole)
            file.truncate(whole)
        return last.start + whole


def _first_arrival(path: Path) -> int:
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
    return int(_HEADER.unpack(header)[0]) if len(header) == _HEADER.size else 0
