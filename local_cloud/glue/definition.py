"""What a job is: Glue's definition of it, checked for what the local cloud cannot do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.glue.parameters import NotUnderstoodError, check

COMMAND = "glueetl"
GLUE_VERSIONS = ("5.0", "5.1")  # Spark 3.5 and Python 3.11, as in the Spark Python
WORKER_TYPES = ("Standard", "G.025X", *(f"{family}.{size}X" for family in "GR" for size in (1, 2, 4, 8, 12, 16)))
KEPT = ("ExecutionProperty", "ExecutionClass", "JobMode", "JobRunQueuingEnabled", "LogUri", "MaintenanceWindow", "NotificationProperty")
"""Members of a definition that ministack drops."""


@dataclass(frozen=True)
class Job:
    """A job that can run here.

    Attributes:
        role: name or ARN of the role it runs under.
        script: s3:// address.
        arguments: its defaults.
        fixed_arguments: those that a run cannot change.
        timeout: minutes.
        most_runs: that may be live at a time.
    """

    name: str
    role: str
    script: str
    arguments: Mapping[str, str]
    fixed_arguments: Mapping[str, str]
    timeout: int
    most_runs: int
    glue_version: str
    worker_type: str
    workers: int

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> "Job":
        """Return the job that a definition in the form of Glue's API describes.

        Raises:
            NotUnderstoodError: it asks for something that is not here; the message names it.
        """
        command = definition["Command"]
        _only("command", command.get("Name"), (COMMAND,))
        _only("Glue version", definition.get("GlueVersion"), GLUE_VERSIONS)
        _only("worker type", definition.get("WorkerType") or "G.1X", WORKER_TYPES)
        _only("number of retries", definition.get("MaxRetries") or 0, (0,))
        _only("list of connections", (definition.get("Connections") or {}).get("Connections") or [], ([],))
        return cls(
            name=definition["Name"],
            role=definition["Role"],
            script=command["ScriptLocation"],
            arguments=definition.get("DefaultArguments") or {},
            fixed_arguments=definition.get("NonOverridableArguments") or {},
            timeout=int(definition.get("Timeout") or 2880),
            most_runs=int((definition.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1),
            glue_version=definition["GlueVersion"],
            worker_type=definition.get("WorkerType") or "G.1X",
            workers=int(definition.get("NumberOfWorkers") or 2),
        )

    def arguments_of(self, run_id: str, given: Mapping[str, str]) -> dict[str, str]:
        """Return all that the script is started with when a run is `given` these arguments.

        Raises:
            NotUnderstoodError: one of them is refused, or cannot be changed by a run.
        """
        fixed = self.fixed_arguments.keys() & given.keys()
        if fixed:
            raise NotUnderstoodError(f"the job {self.name} does not let a run change {', '.join(sorted(fixed))}")
        own = {"--JOB_NAME": self.name, "--JOB_RUN_ID": run_id, "--JOB_ID": f"j_{self.name}"}
        arguments = {**self.arguments, **given, **self.fixed_arguments, **own}
        check(arguments)
        return arguments


def _only(what: str, value: Any, possible: tuple[Any, ...]) -> None:
    if value not in possible:
        raise NotUnderstoodError(f"the job's {what} is {value!r}, the local cloud has {', '.join(map(str, possible))}")
