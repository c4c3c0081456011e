"""The process of a run: started apart from ours, ended with all that it started, and never alive after the local cloud."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LINES_KEPT = 5000
"""Of each stream, for CloudWatch Logs; the file has them all."""


@dataclass(frozen=True)
class Command:
    """What to start.

    Attributes:
        log: file for both streams, in the order in which they were written.
        pid_file: has the process id as long as the process lives.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    pid_file: Path


class Process:
    """A started command.

    Attributes:
        output: last lines of its standard output.
        errors: last lines of its standard error.
    """

    def __init__(self, command: Command) -> None:
        self.output: deque[str] = deque(maxlen=LINES_KEPT)
        self.errors: deque[str] = deque(maxlen=LINES_KEPT)
        self._pid_file = command.pid_file
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            command.arguments,
            env=command.environment,
            cwd=command.folder,
            # The other end closes with the local cloud, however that ends; runtime/start.py then ends its process group.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._pid_file.write_text(f"{self._process.pid}\n")
        self._log = command.log.open("wb", buffering=0)
        self._readers = [self._read(self._process.stdout, self.output), self._read(self._process.stderr, self.errors)]

    def wait(self, seconds: float) -> int | None:
        """Wait for the end and return the exit code, negative for a signal; None when it took too long and was killed."""
        try:
            code: int | None = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        self.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        self._log.close()
        self._pid_file.unlink(missing_ok=True)
        return code

    def kill(self) -> None:
        """End the process and all that it started."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # it is over already

    def seconds(self) -> float:
        """Return how long ago it was started."""
        return time.monotonic() - self._started

    def _read(self, stream: IO[bytes] | None, kept: deque[str]) -> threading.Thread:
        assert stream is not None  # both streams are pipes

        def read() -> None:
            for line in stream:
                self._log.write(line)
                kept.append(line.decode(errors="replace").rstrip("\n"))

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader
