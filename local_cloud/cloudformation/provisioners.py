"""What we use of ministack's provisioners."""

from typing import Any

from local_cloud.replace import borrow

MODULE = "ministack.services.cloudformation.provisioners"

HANDLERS: dict[str, dict[str, Any]] = borrow(MODULE, "_RESOURCE_HANDLERS", dict, "know how ministack provisions each resource type")

_make = borrow(MODULE, "_physical_name", ("stack_name", "logical_id", "lowercase", "max_len", "seeded"), "name resources as ministack does")


def physical_name(stack: str, logical_id: str) -> str:
    """Return the name that ministack gives to a resource whose template names none; the same at every deploy."""
    name: str = _make(stack, logical_id)
    return name
