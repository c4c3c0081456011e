"""Programs that verbs run, always from the checkout's root."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cli.common.paths import PYTHON, ROOT

Command = Sequence[str | Path]

# what would lead a command for the local cloud to AWS, or break its plain http
ONLY_AWS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def tools_path() -> str:
    """Return a PATH on which the checkout's Python and node come first."""
    return os.pathsep.join([str(PYTHON.parent), os.environ.get("PATH", os.defpath)])


def succeeds(command: Command) -> bool:
    """Run a program, its output going to the terminal; return whether it exited with 0."""
    return subprocess.run(_parts(command), cwd=ROOT, check=False).returncode == 0


def output(command: Command) -> str:
    """Return what a program writes to standard output.

    Raises:
        subprocess.CalledProcessError: it exited with another code than 0.
    """
    return subprocess.run(_parts(command), cwd=ROOT, check=True, capture_output=True, text=True).stdout


def complaint(command: Command) -> str:
    """Return all that a program wrote if it failed, nothing if it exited with 0."""
    done = subprocess.run(_parts(command), cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return (done.stdout or f"{command[0]} exited with {done.returncode} and said nothing") if done.returncode else ""


def _parts(command: Command) -> list[str]:
    return [str(part) for part in command]
