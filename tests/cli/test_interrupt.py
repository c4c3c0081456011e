"""Ctrl-C before a verb has begun: while Python reads what the verb needs."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def held_back() -> None:
    """Keep an interruption until the front door asks for it: before its first line it is Python's own to answer."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell that runs the tests in the background has them ignore it
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])


@pytest.mark.parametrize("after", [0.1, 0.3, 0.5])  # seconds; without an interruption the verb ends after some 0.8
def test_an_interruption_at_any_time_is_one_line_and_130(after: float) -> None:
    command = [sys.executable, str(ROOT / "lake"), "wait", "--env", "no-such-environment"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=held_back)  # noqa: PLW1509
    time.sleep(after)  # the time of the interruption is what is tested
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "interrupted\n")
