"""Runs jobs: one thread and one process per run, some at a time."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from botocore.exceptions import ClientError

from local_cloud.credentials import NotAssumableError, for_role
from local_cloud.environment import spark_python
from local_cloud.glue import logs
from local_cloud.glue.definition import Job
from local_cloud.glue.denials import Denials
from local_cloud.glue.job_run import JobRun, JobRuns, State
from local_cloud.glue.outcome import outcome
from local_cloud.glue.parameters import argv
from local_cloud.glue.places import Places
from local_cloud.glue.process import Command, Process
from local_cloud.glue.workspace import RUNTIME, NotRunnableError, Workspace

_logger = logging.getLogger(__name__)


@dataclass
class Runner:
    """Runs jobs and knows the processes of those that are live.

    Attributes:
        folder: has, per run, `<run id>.log`, `<run id>.pid` while it runs, and `<run id>/` in which it works.
        bookmarks: folder of the bookmarks of all jobs.
        places: for which runs queue, as on AWS where an account's capacity is taken.
        announce: is told of each run that ended.
    """

    runs: JobRuns
    denials: Denials
    folder: Path
    bookmarks: Path
    announce: Callable[[JobRun], None]
    places: Places = field(default_factory=Places)
    _processes: dict[str, Process] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, run: JobRun, job: Job, arguments: Mapping[str, str]) -> None:
        """Begin to run a job; the run's record tells how it goes."""
        threading.Thread(target=self._carry_out, args=(run, job, arguments), name=run.id, daemon=True).start()

    def stop(self, run: JobRun) -> bool:
        """Begin to stop a run; return False for one that is not under way."""
        stopping = self.runs.move(run, State.STOPPING)
        self._kill(run)
        self.places.look_again()
        return stopping

    def stop_all(self) -> None:
        """Kill all processes."""
        for process in list(self._processes.values()):
            process.kill()

    def _carry_out(self, run: JobRun, job: Job, arguments: Mapping[str, str]) -> None:
        if self.places.are_taken():
            self.runs.move(run, State.WAITING)
        if not self.places.take(lambda: run.state is not State.STOPPING):
            self.runs.end(run, State.STOPPED)
            return
        try:
            self._run(run, job, arguments)
        except (ClientError, NotAssumableError, NotRunnableError) as error:
            self.runs.end(run, State.FAILED, str(error))
        except Exception as error:  # whatever it was, the run must not stay live
            _logger.exception("run %s of job %s", run.id, job.name)
            self.runs.end(run, State.FAILED, f"internal error of the local cloud: {error}; see its log")
        finally:
            self.places.give_back()
        self.announce(run)

    def _run(self, run: JobRun, job: Job, arguments: Mapping[str, str]) -> None:
        credentials = for_role(job.role, run.id)
        workspace = Workspace(self.folder / run.id, arguments, credentials)
        watch = self.denials.watch(credentials.access_key, lambda: self._kill(run))
        try:
            process = self._launch(run, workspace, workspace.prepare(job.script))
            code = process.wait(run.timeout * 60)
            prefix = arguments.get(logs.PREFIX_PARAMETER, logs.PREFIX)
            logs.deliver(f"{prefix}/{logs.OUTPUT}", run.id, process.output)
            logs.deliver(f"{prefix}/{logs.ERRORS}", run.id, process.errors)
            state, error = outcome(code, workspace.failure, watch)
            self.runs.end(run, state, error, process.seconds())
        finally:
            self._processes.pop(run.id, None)
            self.denials.forget(credentials.access_key)
            workspace.remove()

    def _launch(self, run: JobRun, workspace: Workspace, script: Path) -> Process:
        # not when it was asked for: what lands while a run waits is read by it
        own = {"GLUE_BOOKMARKS": str(self.bookmarks), "GLUE_RUN_STARTED": str(int(time.time() * 1000))}
        command = Command(
            arguments=[str(spark_python()), str(RUNTIME / "start.py"), str(script), *argv(workspace.arguments)],
            environment=workspace.environment() | own,
            folder=workspace.folder,
            log=self.folder / f"{run.id}.log",
            pid_file=self.folder / f"{run.id}.pid",
        )
        with self._lock:
            process = self._processes[run.id] = Process(command)
        if not self.runs.move(run, State.RUNNING):
            process.kill()  # it was stopped before it ran
        return process

    def _kill(self, run: JobRun) -> None:
        with self._lock:
            process = self._processes.get(run.id)
        if process:
            process.kill()
