"""The warm processes of functions."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

from local_cloud.credentials import for_role
from local_cloud.functions.function import Function
from local_cloud.functions.packages import Packages
from local_cloud.functions.process import FunctionProcess
from local_cloud.functions.speakers import OLDEST, SERVICE


@dataclass
class Environments:
    """Keeps one process of each function warm; what comes while it is busy gets one of its own, as on AWS, which then ends."""

    packages: Packages
    _warm: dict[str, tuple[str, FunctionProcess]] = field(default_factory=dict)
    _busy: dict[str, set[FunctionProcess]] = field(default_factory=lambda: defaultdict(set))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, function: Function) -> FunctionProcess:
        """Return a process for one invocation, warm or new; it is to be given back.

        Raises:
            NotAssumableError: the function's role does not trust Lambda.
            EndedError: the function's code ended the process while it was loaded.
        """
        with self._lock:
            fingerprint, process = self._warm.pop(function.arn, ("", None))
        if process and (fingerprint != function.fingerprint or not process.is_alive or time.monotonic() - process.started > OLDEST):
            process.kill()
            process = None
        if process is None:
            process = self._start(function)
        with self._lock:
            self._busy[function.arn].add(process)
        return process

    def give_back(self, function: Function, process: FunctionProcess) -> None:
        """Keep a process for the next invocation, or end it where there is one already."""
        with self._lock:
            self._busy[function.arn].discard(process)
            keep = process.is_alive and function.arn not in self._warm
            if keep:
                self._warm[function.arn] = function.fingerprint, process
        if not keep:
            process.kill()

    def forget(self, arn: str) -> None:
        """End the warm process of a function that is no more."""
        with self._lock:
            _, process = self._warm.pop(arn, ("", None))
        if process:
            process.kill()

    def end(self) -> None:
        """End all processes."""
        with self._lock:
            processes = [process for _, process in self._warm.values()] + [process for busy in self._busy.values() for process in busy]
            self._warm.clear()
        for process in processes:
            process.kill()

    def _start(self, function: Function) -> FunctionProcess:
        credentials = for_role(function.role, function.name, SERVICE, function.arn)
        process = FunctionProcess(function, self.packages.path(function), credentials.variables())
        try:
            process.load()
        except BaseException:
            process.kill()
            raise
        return process
