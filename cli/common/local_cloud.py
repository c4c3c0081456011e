"""The process that is the local cloud of an environment."""

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from cli.common.errors import UserError
from cli.common.health import answers
from cli.common.paths import PYTHON, PYTHON_LOCAL, ROOT, STATE, shown
from config import read

SECONDS_TO_START = 60
SECONDS_TO_STOP = 30  # it writes its state


@dataclass(frozen=True)
class Place:
    """Where the local cloud of an environment is.

    Attributes:
        home: folder of all its state.
        url: where it listens.
    """

    environment: str
    home: Path
    url: str

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    @property
    def log(self) -> Path:
        return self.home / "start.log"

    def process(self) -> psutil.Process | None:
        """Return the running process, or None; a stranger that got a dead one's id does not count."""
        try:
            process = psutil.Process(int((self.home / "pid").read_text(encoding="utf-8")))
            ours = "local_cloud" in process.cmdline() and str(self.home) in process.cmdline()
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return process if ours else None


def place(environment: str) -> Place:
    """Return where the local cloud of an environment is, running or not.

    Raises:
        UserError: the environment is on AWS.
    """
    settings = read.settings(environment)
    if settings.endpoint_url is None:
        raise UserError(f"{environment} is on AWS (account {settings.account}), it has no local cloud; its YAML has no endpoint_url")
    return Place(environment, STATE / Path(environment).stem, settings.endpoint_url)


def start(place: Place) -> None:
    """Start the local cloud and return when it answers.

    Raises:
        UserError: it did not start, or its port is taken; nothing is left running.
    """
    if port_is_taken(place.port):
        raise UserError(
            f"port {place.port} is taken: stop what listens there, or write another endpoint_url into company/config/{place.environment}.yaml"
        )
    place.home.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [
        PYTHON_LOCAL,
        "-m",
        "local_cloud",
        "--home",
        place.home,
        "--port",
        str(place.port),
        "--spark-python",
        PYTHON,
    ]
    with place.log.open("wb") as log:
        # its own session: Ctrl-C in this terminal is not for it
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(place, process)
    except BaseException:
        if process.poll() is None:
            end(psutil.Process(process.pid))
            process.wait()
        raise


def _wait(place: Place, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not answers(place.url):
        if process.poll() is not None:
            said = place.log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"]
            raise UserError(f"the local cloud did not start: {said[-1]}\nAll it said: {shown(place.log)}")
        if time.monotonic() > deadline:
            raise UserError(f"the local cloud did not answer on {place.url} within {SECONDS_TO_START} s; what it said: {shown(place.log)}")
        time.sleep(0.1)


def stop(place: Place) -> None:
    """Stop the local cloud and all it started; nothing to do where it is not running."""
    if process := place.process():
        end(process)


def end(process: psutil.Process) -> None:
    """End a process with SIGTERM, then whatever of it is left."""
    children = process.children(recursive=True)
    process.terminate()
    psutil.wait_procs([process], timeout=SECONDS_TO_STOP)
    for left in [process, *children]:
        if left.is_running():
            left.kill()
    psutil.wait_procs([process, *children], timeout=5)


def memory(process: psutil.Process) -> int:
    """Return the bytes that a process and all it started hold, shared pages counted once."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            held = one.memory_full_info()
        except psutil.Error:
            continue  # it ended meanwhile
        total += getattr(held, "pss", held.uss)  # macOS has no PSS
    return total


def port_is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
