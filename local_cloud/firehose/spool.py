"""What a delivery has read and not yet delivered: on disk, so that neither its size nor the end of the local cloud matters.

A crash leaves what the last saved state says: what was written to a spool after it is cut off, and read from the stream again.
"""

import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass
class Buffer:
    """What becomes one object.

    Attributes:
        kind: `data`, `backup`, or the error-output-type that the error prefix names.
        keys: of its partition.
        size: bytes of the records, which Firehose counts.
        written: bytes of the file.
        oldest: when its first record reached the stream, in milliseconds.
        opened: when it was begun, in seconds since 1970.
    """

    id: str
    kind: str
    keys: dict[str, str]
    oldest: int
    opened: float
    size: int = 0
    written: int = 0
    records: int = 0


class Spool:
    """The open buffers of a delivery, and how far it has read each shard."""

    def __init__(self, folder: Path) -> None:
        """Take up what was saved, if anything was."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        state = json.loads(self._state.read_text(encoding="utf-8")) if self._state.exists() else {}
        self.positions: dict[str, int] = state.get("positions", {})
        self.buffers = {one["id"]: Buffer(**one) for one in state.get("buffers", [])}
        for path in folder.glob("*.jsonl"):
            if path.stem not in self.buffers:
                path.unlink()
        for buffer in self.buffers.values():
            self.path(buffer).touch()
            os.truncate(self.path(buffer), buffer.written)

    @property
    def _state(self) -> Path:
        return self._folder / "state.json"

    def path(self, buffer: Buffer) -> Path:
        """Return the file of a buffer: a JSON document a line; of a backup, records end to end."""
        return self._folder / f"{buffer.id}.jsonl"

    def buffer(self, kind: str, keys: dict[str, str], arrived: int) -> Buffer:
        """Return the open buffer of a kind and partition, which is begun if there is none."""
        for buffer in self.buffers.values():
            if buffer.kind == kind and buffer.keys == keys:
                return buffer
        made = Buffer(f"{time.time_ns():020d}-{len(self.buffers)}", kind, keys, arrived, time.time())
        self.buffers[made.id] = made
        return made

    def append(self, buffer: Buffer, content: bytes, size: int, records: int) -> None:
        """Write to a buffer; it counts when the state is saved."""
        with self.path(buffer).open("ab") as file:
            file.write(content)
        buffer.written += len(content)
        buffer.size += size
        buffer.records += records

    def save(self) -> None:
        """Make what was read and written count."""
        state = {"positions": self.positions, "buffers": [asdict(buffer) for buffer in self.buffers.values()]}
        part = self._state.with_suffix(".part")
        part.write_text(json.dumps(state), encoding="utf-8")
        part.rename(self._state)

    def close(self, buffer: Buffer) -> None:
        """Forget a buffer that was delivered."""
        del self.buffers[buffer.id]
        self.save()
        self.path(buffer).unlink(missing_ok=True)

    def remove(self) -> None:
        """Forget everything."""
        shutil.rmtree(self._folder, ignore_errors=True)
