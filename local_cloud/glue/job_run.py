"""Job runs as records, kept in one file each so that they outlive the local cloud."""

import json
import secrets
import threading
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from local_cloud.glue.definition import Job


class State(StrEnum):
    """Where a run stands, in Glue's words."""

    WAITING = "WAITING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"


LIVE = frozenset({State.WAITING, State.STARTING, State.RUNNING, State.STOPPING})


@dataclass
class JobRun:
    """One run of a job; times are seconds since 1970.

    Attributes:
        arguments: those given for this run alone.
        execution_time: seconds in which the script ran.
    """

    id: str
    job_name: str
    arguments: dict[str, str]
    started_on: float
    timeout: int
    glue_version: str
    worker_type: str
    workers: int
    state: State = State.STARTING
    last_modified_on: float = 0
    completed_on: float | None = None
    execution_time: int = 0
    error: str | None = None

    @classmethod
    def begin(cls, job: Job, arguments: dict[str, str], timeout: int | None) -> "JobRun":
        """Return a new run of `job`."""
        return cls(
            id=f"jr_{secrets.token_hex(32)}",
            job_name=job.name,
            arguments=arguments,
            started_on=time.time(),
            timeout=timeout or job.timeout,
            glue_version=job.glue_version,
            worker_type=job.worker_type,
            workers=job.workers,
        )

    @property
    def is_live(self) -> bool:
        """Whether it has not come to its end."""
        return self.state in LIVE

    def describe(self) -> dict[str, Any]:
        """Return the run in the form of Glue's API."""
        members = {
            "Id": self.id,
            "Attempt": 0,
            "JobName": self.job_name,
            "StartedOn": self.started_on,
            "LastModifiedOn": self.last_modified_on,
            "CompletedOn": self.completed_on,
            "JobRunState": self.state,
            "Arguments": self.arguments,
            "ErrorMessage": self.error,
            "PredecessorRuns": [],
            "AllocatedCapacity": self.workers,
            "MaxCapacity": float(self.workers),
            "ExecutionTime": self.execution_time,
            "Timeout": self.timeout,
            "WorkerType": self.worker_type,
            "NumberOfWorkers": self.workers,
            "LogGroupName": "/aws-glue/jobs",
            "GlueVersion": self.glue_version,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass
class JobRuns:
    """All runs, in memory and as `<run id>.json` in a folder."""

    folder: Path
    _runs: dict[str, JobRun] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def load(self) -> None:
        """Read the records; a run that was live has lost its process with the local cloud and has failed."""
        for path in self.folder.glob("jr_*.json"):
            content = json.loads(path.read_text())
            run = JobRun(**content | {"state": State(content["state"])})
            self._runs[run.id] = run
            if run.is_live:
                self.end(run, State.FAILED, "the local cloud ended while the job ran")

    def add(self, run: JobRun, most_live: int) -> bool:
        """Record a new run unless its job has `most_live` live ones already; return whether it was recorded."""
        with self._lock:
            if sum(other.is_live for other in self.of(run.job_name)) >= most_live:
                return False
            self._runs[run.id] = run
            self._save(run)
            return True

    def move(self, run: JobRun, state: State) -> bool:
        """Bring a live run to another live state; return False for one that has ended or is being stopped."""
        with self._lock:
            if not run.is_live or run.state is State.STOPPING:
                return False
            run.state = state
            self._save(run)
            return True

    def end(self, run: JobRun, state: State, error: str | None = None, seconds: float = 0) -> None:
        """Bring a run to its end; `seconds` is how long its script ran."""
        with self._lock:
            run.state = State.STOPPED if run.state is State.STOPPING else state
            run.error = None if run.state is State.STOPPED else error
            run.execution_time = round(seconds)
            run.completed_on = time.time()
            self._save(run)

    def get(self, job_name: str, run_id: str) -> JobRun | None:
        """Return a run of a job, if there is one."""
        run = self._runs.get(run_id)
        return run if run and run.job_name == job_name else None

    def of(self, job_name: str) -> list[JobRun]:
        """Return the runs of a job, the newest first."""
        with self._lock:
            return sorted((run for run in self._runs.values() if run.job_name == job_name), key=lambda run: run.started_on, reverse=True)

    def _save(self, run: JobRun) -> None:
        run.last_modified_on = time.time()
        path = self.folder / f"{run.id}.json"
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(run), indent=1))
        draft.replace(path)
