"""The actions of Glue's API that are about running jobs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.answers import Answer, answer, refusal
from local_cloud.glue.definition import KEPT, Job
from local_cloud.glue.job_run import JobRun, JobRuns
from local_cloud.glue.parameters import NotUnderstoodError
from local_cloud.glue.runner import Runner

Action = Callable[[dict[str, Any]], Answer]
_PAGE = 200


@dataclass(frozen=True)
class JobRunActions:
    """StartJobRun and what comes after it.

    Attributes:
        definitions: name of a job -> its definition in the form of Glue's API.
    """

    definitions: Mapping[str, Mapping[str, Any]]
    runs: JobRuns
    runner: Runner

    def start(self, data: dict[str, Any]) -> Answer:
        """StartJobRun."""
        definition = self.definitions.get(data["JobName"])
        if definition is None:
            return refusal("EntityNotFoundException", f"Failed to start job run due to missing metadata: job {data['JobName']} not found")
        try:
            job = Job.from_definition(definition)
            run = JobRun.begin(job, data.get("Arguments") or {}, data.get("Timeout"))
            arguments = job.arguments_of(run.id, run.arguments)
        except NotUnderstoodError as error:
            return refusal("InvalidInputException", str(error))
        if not self.runs.add(run, job.most_runs):
            return refusal("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job.name}")
        self.runner.start(run, job, arguments)
        return answer({"JobRunId": run.id})

    def get(self, data: dict[str, Any]) -> Answer:
        """GetJobRun."""
        run = self.runs.get(data["JobName"], data["RunId"])
        if run is None:
            return refusal("EntityNotFoundException", f"Job Run not found for {data['JobName']} with id {data['RunId']}")
        return answer({"JobRun": run.describe()})

    def list(self, data: dict[str, Any]) -> Answer:
        """GetJobRuns."""
        if data["JobName"] not in self.definitions:
            return refusal("EntityNotFoundException", f"Job {data['JobName']} not found")
        first = int(data.get("NextToken") or 0)
        end = first + min(int(data.get("MaxResults") or _PAGE), _PAGE)
        runs = self.runs.of(data["JobName"])
        page: dict[str, Any] = {"JobRuns": [run.describe() for run in runs[first:end]]}
        return answer(page | ({"NextToken": str(end)} if end < len(runs) else {}))

    def stop(self, data: dict[str, Any]) -> Answer:
        """BatchStopJobRun."""
        stopped, errors = [], []
        for run_id in data["JobRunIds"]:
            error = self._stop(data["JobName"], run_id)
            named = {"JobName": data["JobName"], "JobRunId": run_id}
            if error is None:
                stopped.append(named)
            else:
                errors.append(named | {"ErrorDetail": error})
        return answer({"SuccessfulSubmissions": stopped, "Errors": errors})

    def _stop(self, job_name: str, run_id: str) -> dict[str, str] | None:
        run = self.runs.get(job_name, run_id)
        if run is None:
            return {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Job run {run_id} not found"}
        if not self.runner.stop(run):
            return {"ErrorCode": "JobRunNotInTerminalStateException", "ErrorMessage": f"Job run {run_id} is {run.state}, not under way"}
        return None


def keeping(definitions: Mapping[str, dict[str, Any]], original: Action) -> Action:
    """Wrap CreateJob or UpdateJob so that no member of the definition is dropped."""

    def action(data: dict[str, Any]) -> Answer:
        response = original(data)
        definition = definitions.get(data.get("Name") or data.get("JobName") or "")
        if response[0] == 200 and definition is not None:
            given = data.get("JobUpdate", data)
            definition.update({member: given[member] for member in KEPT if member in given})
        return response

    return action
