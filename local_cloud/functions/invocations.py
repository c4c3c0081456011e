"""Lambda's Invoke: a function is run, logged and measured."""

import json
import logging
import time
import uuid
from dataclasses import dataclass

from local_cloud.cloudwatch.metrics import record
from local_cloud.credentials import NotAssumableError
from local_cloud.functions import logs
from local_cloud.functions.environments import Environments
from local_cloud.functions.function import Function
from local_cloud.functions.process import EndedError, Invocation, Outcome

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Invoker:
    """Runs functions."""

    environments: Environments

    def invoke(self, function: Function, event: bytes, request_id: str | None = None) -> Outcome:
        """Run a function once and return what became of it; nothing is raised for what a function does."""
        invocation = Invocation(request_id or str(uuid.uuid4()), function.arn, event)
        began, stream = time.monotonic(), ""
        try:
            process = self.environments.take(function)
            stream = process.stream
            try:
                outcome = process.invoke(invocation)
            finally:
                self.environments.give_back(function, process)
        except EndedError as error:
            outcome = _failed(error.kind, str(error), began)
        except NotAssumableError as error:
            outcome = _failed("AccessDeniedException", f"The role defined for the function cannot be assumed by Lambda: {error}", began)
        self._tell(function, stream, invocation, outcome)
        return outcome

    def _tell(self, function: Function, stream: str, invocation: Invocation, outcome: Outcome) -> None:
        dimensions = {"FunctionName": function.name}
        record("AWS/Lambda", "Invocations", dimensions)
        record("AWS/Lambda", "Errors", dimensions, 0 if outcome.succeeded else 1)
        record("AWS/Lambda", "Duration", dimensions, outcome.seconds * 1000)
        if not outcome.succeeded:
            _logger.warning("invocation %s of %s failed: %s", invocation.request_id, function.name, outcome.body.decode())
        if stream:
            logs.deliver(function, stream, invocation.request_id, outcome)


def _failed(kind: str, message: str, began: float) -> Outcome:
    body = json.dumps({"errorType": kind, "errorMessage": message}).encode()
    return Outcome(False, body, [], time.monotonic() - began)
