"""Failures in the middle of a deploy: made to happen on demand, and undone as CloudFormation undoes them."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from local_cloud import faults
from local_cloud.cloudformation.resource import Complete, Properties
from local_cloud.cloudformation.taken import check_free
from local_cloud.replace import wrap

Handlers = dict[str, Any]

_logger = logging.getLogger(__name__)


def install() -> None:
    """Let `faults.json` fail a stack when all of its resources are made, just before its outputs are told."""
    wrap("ministack.services.cloudformation.stacks", "_resolve_stack_outputs", _failing, "let a stack fail at its end")


def _failing(original: Callable[..., Any]) -> Callable[..., Any]:
    def _resolve_stack_outputs(
        outputs_defs: Any, conditions: Any, resources: Any, param_values: Any, mappings: Any, stack_name: str, stack_id: str
    ) -> Any:
        if faults.take(f"{faults.FAILED_STACK}{stack_name}"):
            raise ValueError(f"fault: stack {stack_name} fails at its end, as faults.json says")
        return original(outputs_defs, conditions, resources, param_values, mappings, stack_name, stack_id)

    return _resolve_stack_outputs


def checked(kind: str, handlers: Handlers) -> Handlers:
    """Return handlers of a type that create nothing in the place of what is there."""
    create = handlers["create"]

    def free(logical_id: str, given: Properties, stack: str) -> tuple[str, Properties]:
        check_free(kind, given)
        made: tuple[str, Properties] = create(logical_id, given, stack)
        return made

    return {**handlers, "create": free}


def completed(complete: Complete, handlers: Handlers) -> Handlers:
    """Return handlers that complete what ministack makes, and undo it where that fails.

    ministack does not know of what a handler made before it failed: without the undoing it would stay, and its name would be taken.
    """

    def create(logical_id: str, given: Properties, stack: str) -> tuple[str, Properties]:
        physical_id, attributes = handlers["create"](logical_id, given, stack)
        try:
            return physical_id, attributes | (complete(physical_id, given, {}) or {})
        except Exception:
            with suppress(Exception):  # what failed first is what is told
                handlers["delete"](physical_id, given)
            raise

    def update(physical_id: str, old: Properties, new: Properties, stack: str, *logical_id: str) -> tuple[str, Properties]:
        updated_id, attributes = handlers["update"](physical_id, old, new, stack, *logical_id)
        try:
            return updated_id, attributes | (complete(updated_id, new, old if updated_id == physical_id else {}) or {})
        except Exception:
            with suppress(Exception):
                _undo(updated_id, physical_id, old, new, stack, logical_id)
            raise

    def _undo(updated_id: str, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: tuple[str, ...]) -> None:
        if updated_id != physical_id:
            handlers["delete"](updated_id, new)
            return
        handlers["update"](physical_id, new, old, stack, *logical_id)
        complete(physical_id, old, new)
        _logger.info("%s is as it was before the update that failed", physical_id)

    return {"create": create, "update": update}
