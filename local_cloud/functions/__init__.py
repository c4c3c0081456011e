"""AWS Lambda: functions in Python, run by Python on this machine, each in a process of its own under its own role."""

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.environment import ACCOUNT, REGION, home
from local_cloud.functions import logs, refusals
from local_cloud.functions.environments import Environments
from local_cloud.functions.function import Function
from local_cloud.functions.invocations import Invoker
from local_cloud.functions.packages import Packages
from local_cloud.functions.retries import Retries
from local_cloud.replace import borrow, replace, wrap
from local_cloud.starting import after_start
from local_cloud.stopping import before_stop

MODULE = "ministack.services.lambda_svc"


def install() -> Invoker:
    """Run functions in this process's local cloud and return what runs them."""
    environments = Environments(Packages(home() / "functions"))
    invoker = Invoker(environments)
    functions = borrow(MODULE, "_functions", AccountRegionScopedDict, "know the definitions of functions")
    retries = Retries(home() / "events", invoker, functions.get)
    before_stop(logs.finish)
    before_stop(environments.end)
    before_stop(retries.stop)
    replace(MODULE, "_execute_function_dispatch", _running(invoker), "run functions")
    replace(MODULE, "invoke_async_with_retry", _accepting(retries), "run functions for events that nobody waits for")
    replace(MODULE, "_emit_lambda_metrics", _nothing, "measure invocations once, whoever asks for them")
    wrap(MODULE, "_delete_function", _forgetting(environments), "end the process of a function that is no more")
    refusals.install(MODULE)
    after_start(retries.resume)
    return invoker


def _running(invoker: Invoker) -> Callable[..., dict[str, Any]]:
    def _execute_function_dispatch(
        func: dict[str, Any], config: dict[str, Any], event: Any, request_id: str, started: float
    ) -> dict[str, Any]:
        function = Function(config, func.get("code_zip") or b"")
        outcome = invoker.invoke(function, json.dumps(event).encode(), request_id)
        told: dict[str, Any] = {"body": outcome.body.decode(), "raw_payload": True, "log": "\n".join(outcome.log)}
        return told if outcome.succeeded else told | {"error": True, "function_error": "Unhandled"}

    return _execute_function_dispatch


def _accepting(retries: Retries) -> Callable[..., None]:
    def invoke_async_with_retry(func: dict[str, Any], event: Any) -> None:
        retries.accept((func.get("config") or func)["FunctionName"], event)

    return invoke_async_with_retry


def _nothing(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
    """Stand in for ministack's metrics, which miss most callers and the failures of asynchronous invocations."""


def _forgetting(environments: Environments) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def _delete_function(name: str, query_params: Any, path_qualifier: str | None = None) -> Any:
            answer = original(name, query_params, path_qualifier)
            environments.forget(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
            return answer

        return _delete_function

    return around
