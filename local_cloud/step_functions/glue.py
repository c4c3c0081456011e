"""Glue jobs as tasks."""

import json
import threading
from datetime import datetime
from typing import Any

from local_cloud.step_functions.errors import TaskError
from local_cloud.step_functions.execution import Execution
from local_cloud.step_functions.services import GLUE, Arguments, call

POLL_SECONDS = 0.25
ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"})


def start_job_run(execution: Execution, arguments: Arguments) -> Any:
    """Start a run and return its id."""
    return call(execution, GLUE, "startJobRun", arguments)


def start_job_run_and_wait(execution: Execution, arguments: Arguments) -> Any:
    """Start a run and return it once it has succeeded; stop it when the execution is aborted or the task times out.

    Raises:
        TaskError: States.TaskFailed with the run as JSON in its cause; States.Timeout.
    """
    job = arguments["JobName"]
    run = start_job_run(execution, arguments)["JobRunId"]
    pause = threading.Event()
    while execution.is_running and not execution.is_overdue:
        found = call(execution, GLUE, "getJobRun", {"JobName": job, "RunId": run})["JobRun"]
        if found["JobRunState"] in ENDED:
            return _ended(_with_epoch_times(found))
        pause.wait(POLL_SECONDS)
    call(execution, GLUE, "batchStopJobRun", {"JobName": job, "JobRunIds": [run]})
    raise TaskError("States.Timeout", f"run {run} of job {job} was stopped: the task timed out or the execution was aborted")


def _ended(run: dict[str, Any]) -> dict[str, Any]:
    if run["JobRunState"] != "SUCCEEDED":
        raise TaskError("States.TaskFailed", json.dumps(run))
    return run


def _with_epoch_times(run: dict[str, Any]) -> dict[str, Any]:
    """Return a run with times in milliseconds, as this integration gives them."""
    times = {name: run[name] for name in ("StartedOn", "LastModifiedOn", "CompletedOn") if name in run}
    return run | {name: int(datetime.fromisoformat(time).timestamp() * 1000) for name, time in times.items()}
