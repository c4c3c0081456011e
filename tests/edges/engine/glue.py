"""Glue's jobs, which do in the ledger what the jobs of the lake do: what is recorded and pending is accounted for, and published.

A job reads the ledger as it begins, and not the bucket as the real one does too: what nobody recorded, or recorded later, is not in it, so that a test can
see it.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.edges.engine.services import refused

if TYPE_CHECKING:
    from tests.edges.engine.world import World

SECONDS = 60  # that a run takes
ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR")


@dataclass
class JobRun:
    """One run of a job."""

    id: str
    job: str
    arguments: dict[str, str]
    state: str = "WAITING"
    error: str = ""

    @property
    def description(self) -> dict[str, Any]:
        said = {"ErrorMessage": self.error} if self.error else {}
        return {"Id": self.id, "JobName": self.job, "Arguments": self.arguments, "JobRunState": self.state, **said}


@dataclass
class Glue:
    """The jobs of one world.

    Attributes:
        script: dataset -> how its next runs end; as they should where nothing is said. says: with a reason in the run's record; dies: without a word;
            unexpected: with an error that it did not expect; endless: not at all; or a state of Glue's.
        runs_on: whether a run whose execution was stopped runs on, since Step Functions could not stop it.
        optimizers: (table, type) of what was attached.
    """

    world: "World"
    script: dict[str, list[str]] = field(default_factory=dict)
    runs: list[JobRun] = field(default_factory=list)
    runs_on: bool = False
    optimizers: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    most_beside: int = 0

    def __call__(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = getattr(self, name)(**arguments)
        return found

    def start_job_run(self, JobName: str, Arguments: dict[str, str]) -> dict[str, Any]:
        run = JobRun(f"jr_{len(self.runs)}", JobName, Arguments)
        self.runs.append(run)
        self.world.fibers.add(lambda: self._work(run))
        return {"JobRunId": run.id}

    def get_job_runs(self, JobName: str, MaxResults: int) -> dict[str, Any]:
        found = [run.description for run in reversed(self.runs) if run.job == JobName]
        return {"JobRuns": found[:MaxResults]}

    def batch_stop_job_run(self, JobName: str, JobRunIds: list[str]) -> dict[str, Any]:
        for run in JobRunIds:
            self.stop(run)
        return {}

    def stop(self, id: str) -> None:
        for run in self.runs:
            if run.id == id and run.state not in ENDED:
                run.state = "STOPPED"

    def get_job(self, JobName: str) -> dict[str, Any]:
        return {"Job": {"Name": JobName, "CreatedOn": self.world.moment()}}

    def create_table_optimizer(self, **arguments: Any) -> dict[str, Any]:
        if self._optimizer(arguments) in self.optimizers:
            raise refused("AlreadyExistsException")
        return self.update_table_optimizer(**arguments)

    def update_table_optimizer(self, **arguments: Any) -> dict[str, Any]:
        self.optimizers[self._optimizer(arguments)] = arguments["TableOptimizerConfiguration"]
        return {}

    def get_table_optimizer(self, **arguments: Any) -> dict[str, Any]:
        if self._optimizer(arguments) not in self.optimizers:
            raise refused("EntityNotFoundException")
        return {"TableOptimizer": {"type": arguments["Type"], "configuration": {"enabled": True}}}

    def _optimizer(self, arguments: dict[str, Any]) -> tuple[str, str]:
        return f"{arguments['DatabaseName']}.{arguments['TableName']}", arguments["Type"]

    def _work(self, run: JobRun) -> None:
        """Do what the job does, once no other run of it is there: MaxConcurrentRuns is 1, and runs queue."""
        world, dataset = self.world, run.job.removeprefix(self.world.app.job_prefix)
        while any(other.job == run.job and other.state == "RUNNING" for other in self.runs):
            world.pause(1)
        if run.state != "WAITING":
            return
        run.state = "RUNNING"
        self.most_beside = max(self.most_beside, sum(other.job == run.job and other.state == "RUNNING" for other in self.runs))
        pending = world.pending(dataset)
        outcome = self.script.get(dataset, []).pop(0) if self.script.get(dataset) else ""
        world.pause(SECONDS if outcome != "endless" else 10 * 24 * 3600)
        if run.state != "RUNNING":
            return
        match outcome:
            case "":
                world.publish_data(dataset, run.arguments["--run_id"], pending)
                run.state = "SUCCEEDED"
            case "says" | "unexpected":
                more = {"unexpected": {"BOOL": True}} if outcome == "unexpected" else {}
                world.note_run(dataset, run.arguments["--run_id"], status={"S": "failed"}, cause={"S": "scripted: rule broken"}, **more)
                run.state, run.error = "FAILED", "scripted: rule broken"
            case "dies":
                run.state = "FAILED"
            case _:
                run.state, run.error = outcome, f"scripted: {outcome}"
