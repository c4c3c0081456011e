"""The process of a function: what Lambda calls an execution environment."""

import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local_cloud.environment import REGION, endpoint
from local_cloud.functions.function import Function

START = Path(__file__).parent / "runtime" / "start.py"
SECONDS_TO_LOAD = 60.0
"""Lambda gives ten; a laptop at work is slower than Lambda."""
LINES_KEPT = 10_000
"""Of the log of one invocation."""


class EndedError(Exception):
    """The process of a function ended, or was ended, without an answer; the text is Lambda's."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Invocation:
    """One event for a function.

    Attributes:
        arn: by which the function was called.
    """

    request_id: str
    arn: str
    event: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of an invocation.

    Attributes:
        body: JSON: what the handler returned, or the error.
        log: lines of standard output and standard error.
        seconds: that it took.
    """

    succeeded: bool
    body: bytes
    log: list[str]
    seconds: float


class FunctionProcess:
    """A process that serves one function, one invocation at a time.

    Attributes:
        stream: name of its log stream.
        started: when, by the monotonic clock.
    """

    def __init__(self, function: Function, path: list[str], credentials: Mapping[str, str]) -> None:
        self._function = function
        self.stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{_version(function)}]{secrets.token_hex(16)}"
        self.started = time.monotonic()
        self._log: deque[str] = deque(maxlen=LINES_KEPT)
        self._ends: dict[str, threading.Event] = {}
        answers, child = os.pipe()
        self._answers = os.fdopen(answers, "rb", buffering=0)
        # not select(), which takes no descriptor above 1,023: a local cloud may have more connections open
        self._waiting = selectors.PollSelector()
        self._waiting.register(self._answers, selectors.EVENT_READ)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(START)],
            env=_variables(function, path[0], self.stream) | dict(credentials) | {"LOCAL_CLOUD_ANSWERS": str(child)},
            cwd=path[0],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[child],
            start_new_session=True,
        )
        os.close(child)
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self._tell(json.dumps({"path": path, "handler": function.configuration.get("Handler", "")}).encode() + b"\n")

    def load(self) -> None:
        """Wait until the function's code is loaded.

        Raises:
            EndedError: it ended while it was loaded, or that took too long.
        """
        self._answer(time.monotonic() + SECONDS_TO_LOAD)

    def invoke(self, invocation: Invocation) -> Outcome:
        """Pass an event and return what became of it; after an invocation that did not answer, the process is gone."""
        began, mark = time.monotonic(), secrets.token_hex(16)
        ended = self._ends[mark] = threading.Event()
        order = {
            "request_id": invocation.request_id,
            "arn": invocation.arn,
            "seconds": self._function.seconds,
            "size": len(invocation.event),
            "end_of_log": mark,
        }
        try:
            self._tell(json.dumps(order).encode() + b"\n" + invocation.event)
            answer = self._answer(began + self._function.seconds)
            ended.wait()  # it comes before the answer
        except EndedError as error:
            answer = b"-" + json.dumps({"errorType": error.kind, "errorMessage": f"RequestId: {invocation.request_id} {error}"}).encode()
        finally:
            del self._ends[mark]
        log = [self._log.popleft() for _ in range(len(self._log))]
        return Outcome(answer[:1] == b"+", answer[1:], log, time.monotonic() - began)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process and all that it started; again is the same as once."""
        if self._answers.closed:
            return  # by now another process may have its number
        with suppress(ProcessLookupError):  # it is over already
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # what it was told last, it did not read
            self._process.stdin.close()
        self._waiting.close()
        self._answers.close()

    def _tell(self, text: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(text)
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return  # it has ended, which is told where its answer is missed

    def _answer(self, deadline: float) -> bytes:
        size = int(self._read(deadline, until=b"\n"))
        return self._read(deadline, size=size)

    def _read(self, deadline: float, size: int | None = None, until: bytes = b"") -> bytes:
        read = bytearray()
        while len(read) != size and not (until and read.endswith(until)):
            if not self._waiting.select(max(0.0, deadline - time.monotonic())):
                self.kill()
                raise EndedError("Sandbox.Timedout", f"Error: Task timed out after {self._function.seconds:.2f} seconds")
            part = self._answers.read(1 if until else min(1 << 20, (size or 0) - len(read)))
            if not part:
                code = self._process.wait()
                self.kill()
                raise EndedError("Runtime.ExitError", f"Error: Runtime exited with {_how(code)}")
            read += part
        return bytes(read)

    def _read_log(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                text = line.decode(errors="replace").rstrip("\n")
                if text in self._ends:
                    self._ends[text].set()
                elif text:
                    self._log.append(text)


def _version(function: Function) -> str:
    return str(function.configuration.get("Version", "$LATEST"))


def _how(code: int) -> str:
    return f"error: signal: {signal.Signals(-code).name.removeprefix('SIG').lower()}" if code < 0 else f"error: exit status {code}"


def _variables(function: Function, root: str, stream: str) -> dict[str, str]:
    """Return "Defined runtime environment variables" of the developer guide, and the function's own."""
    configuration = function.configuration
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "TMPDIR": os.environ["TMPDIR"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint(),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",  # 127.0.0.1 has no sub-domains
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration.get('Runtime', '')}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": _version(function),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.get("MemorySize", 128)),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "LAMBDA_TASK_ROOT": root,
        "_HANDLER": str(configuration.get("Handler", "")),
    } | function.variables
