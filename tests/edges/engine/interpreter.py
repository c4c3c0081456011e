"""The local cloud's interpreter of state machines, on the clock of a world and with its services.

What is replaced goes through the one door to private names of ministack, so that a release without one of them is refused by name.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from inspect import getclosurevars
from types import SimpleNamespace
from typing import Any, Self

import jsonata
from jsonata.timebox import Timebox

from local_cloud.replace import borrow, replace, wrap
from tests.edges.engine.world import current_world, interpreters

MODULE = "ministack.services.stepfunctions"
MACHINES = borrow(MODULE, "_state_machines", object, "make machines without a call")
EXECUTIONS = borrow(MODULE, "_executions", object, "make executions without a call")
RUN = borrow(MODULE, "_run_execution", ("exec_arn",), "run an execution in this thread")
TYPES = {"pass": 3, "choice": 3, "wait": 3, "task": 4, "map": 4}


def install() -> None:
    """Put the interpreter on the clock and the services of whichever world is current."""
    why = "run state machines on a clock of their own"
    replace(MODULE, "_scaled_sleep", _scaled_sleep, why)
    replace(MODULE, "now_iso", _now_iso, why)
    replace(MODULE, "_invoke_resource_with_timeout", _invoke_resource_with_timeout, why)
    replace(MODULE, "_emit_execution_status_event", _emit_execution_status_event, why)
    wrap(MODULE, "_evaluate_jsonata_choice_rule", _seen_choice, "see which choice is taken")
    wrap(MODULE, "_find_matching_retrier", _seen_retrier, "see which retrier is used")
    wrap(MODULE, "_find_matching_catcher", _seen_catcher, "see which catcher is used")
    for kind in TYPES:
        wrap(MODULE, f"_execute_{kind}", _entered_task if kind in ("task", "map") else _entered, "see which state is entered")
    module: Any = import_module(MODULE)
    module.time = SimpleNamespace(sleep=lambda seconds: None)
    module.ThreadPoolExecutor, module.futures_wait = _Inline, lambda futures: None
    Timebox.current_milli_time = staticmethod(lambda: round(current_world().fibers.now * 1000))
    jsonata.Jsonata.jsonata = staticmethod(_parsed)
    interpreters.append(execute)


def execute(machine: str, definition: str, execution: dict[str, Any]) -> None:
    """Run an execution to its end."""
    MACHINES[machine] = {"name": machine.rpartition(":")[2], "definition": definition, "roleArn": "role"}
    EXECUTIONS[execution["executionArn"]] = execution
    try:
        RUN(execution["executionArn"])
    finally:
        del EXECUTIONS[execution["executionArn"]]


class _Inline:
    """Runs the items of a Map one after the other, in the thread of their execution; one that fails stops the others, as it does on AWS."""

    def __init__(self, max_workers: int) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None: ...

    def submit(self, work: Callable[..., Any], item: Callable[..., Any], *arguments: Any) -> None:
        if not any(getclosurevars(item).nonlocals["errors"]):
            work(item, *arguments)


@lru_cache(maxsize=4096)
def _tree(expression: str) -> Any:
    return jsonata.Jsonata(expression)


def _parsed(expression: str, *_: Any, **__: Any) -> Any:
    found = _tree(expression)
    jsonata.Jsonata.CURRENT.jsonata = found
    return found


def _scaled_sleep(seconds: float) -> None:
    current_world().sleep(seconds)


def _now_iso() -> str:
    return current_world().fibers.iso()


def _invoke_resource_with_timeout(resource: str, input_data: Any, timeout: float) -> Any:
    return current_world().invoke(resource, json.loads(json.dumps(input_data)), timeout)


def _emit_execution_status_event(execution: dict[str, Any]) -> None:
    current_world().status_changed(execution)


def _seen_choice(original: Callable[..., Any]) -> Callable[..., Any]:
    def _evaluate_jsonata_choice_rule(rule: Any, raw_input: Any, ctx: Any) -> Any:
        holds = original(rule, raw_input, ctx)
        if holds:
            current_world().choose(rule)
        return holds

    return _evaluate_jsonata_choice_rule


def _seen_retrier(original: Callable[..., Any]) -> Callable[..., Any]:
    def _find_matching_retrier(retriers: Any, error: Any, retry_counts: Any) -> Any:
        found, number = original(retriers, error, retry_counts)
        if found is not None:
            current_world().see("retry", f"{found['Comment']} {found['ErrorEquals'][0]}")
        return found, number

    return _find_matching_retrier


def _seen_catcher(original: Callable[..., Any]) -> Callable[..., Any]:
    def _find_matching_catcher(catchers: Any, error: Any) -> Any:
        found = original(catchers, error)
        if found is not None:
            current_world().see("catch", f"{found['Comment']} {found['ErrorEquals'][0]} -> {found['Next']}")
            current_world().caught(found, error)
        return found

    return _find_matching_catcher


def _entered(original: Callable[..., Any]) -> Callable[..., Any]:
    def _execute(state_def: Any, raw_input: Any, ctx: Any = None) -> Any:
        return current_world().state(state_def, lambda: original(state_def, raw_input, ctx))

    return _execute


def _entered_task(original: Callable[..., Any]) -> Callable[..., Any]:
    def _execute(state_def: Any, raw_input: Any, execution: Any, ctx: Any) -> Any:
        return current_world().state(state_def, lambda: original(state_def, raw_input, execution, ctx))

    return _execute
