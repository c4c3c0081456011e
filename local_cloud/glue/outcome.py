"""What a run came to, in Glue's words."""

import signal
from pathlib import Path

from local_cloud.glue.denials import PATIENCE, Watch
from local_cloud.glue.job_run import State

LONGEST = 4000
"""Characters of an error message; the log has it whole."""


def outcome(code: int | None, failure: Path, watch: Watch) -> tuple[State, str | None]:
    """Return state and error message.

    Args:
        code: exit code of the process; None when it took longer than it may.
        failure: file in which the script's exception is, if there was one.
        watch: what IAM refused to the run, which a job may well survive.
    """
    if code == 0:
        return State.SUCCEEDED, None
    if code is None:
        return State.TIMEOUT, "Job run exceeded its timeout"
    told = failure.read_text() if failure.is_file() else _ending(code, watch)
    return State.FAILED, "\n".join([told, *watch.messages()])[:LONGEST]


def _ending(code: int, watch: Watch) -> str:
    if watch.has_given_up():
        return f"The local cloud ended the job after it was denied the same request {PATIENCE} times"
    if code < 0:
        return f"The job's process was killed by {signal.Signals(-code).name}"
    return f"Command failed with exit code {code}"
