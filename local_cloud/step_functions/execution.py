"""The execution that a task runs for."""

import time
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.client import client
from local_cloud.credentials import Credentials, NotAssumableError, for_role
from local_cloud.replace import borrow
from local_cloud.step_functions.errors import TaskError

MODULE = "ministack.services.stepfunctions"
REFRESH_SECONDS = 60 * 60

_machines = borrow(MODULE, "_state_machines", AccountRegionScopedDict, "know the role of a machine")


@dataclass(frozen=True)
class Execution:
    """An execution of a state machine, while one of its tasks runs.

    Attributes:
        record: what ministack keeps of it.
        deadline: time.monotonic() after which the task has timed out; None without a time-out.
    """

    record: dict[str, Any]
    deadline: float | None = None

    @property
    def arn(self) -> str:
        arn: str = self.record["executionArn"]
        return arn

    @property
    def machine(self) -> str:
        arn: str = self.record["stateMachineArn"]
        return arn

    @property
    def is_running(self) -> bool:
        return bool(self.record["status"] == "RUNNING")

    @property
    def is_overdue(self) -> bool:
        return self.deadline is not None and time.monotonic() > self.deadline

    def client(self, service: str) -> Any:
        """Return a client of a service that speaks for the machine's role.

        Raises:
            TaskError: Step Functions cannot assume the role.
        """
        role = _machines[self.machine]["roleArn"]
        try:
            own = _credentials(role, self.machine, int(time.monotonic() // REFRESH_SECONDS))
        except NotAssumableError as problem:
            raise TaskError("States.Runtime", str(problem)) from problem
        return client(service, own.access_key, own.secret_key, own.token)


current: ContextVar[Execution] = ContextVar("current")
"""Set while a task runs."""


@lru_cache(maxsize=64)
def _credentials(role: str, machine: str, _hour: int) -> Credentials:
    return for_role(role, machine.rpartition(":")[2], "states.amazonaws.com", machine)
