"""CloudFormation: the resource types that stacks may use, with all of their properties in effect or refused by name."""

from collections.abc import Callable
from typing import Any

from local_cloud.cloudformation import dynamodb, failing, functions, glue, iam, messaging, monitoring, network, redshift, s3, streams
from local_cloud.cloudformation.provisioners import HANDLERS
from local_cloud.cloudformation.resource import Properties, ResourceType
from local_cloud.cloudformation.templates import unsupported
from local_cloud.replace import wrap

TYPES: dict[str, ResourceType] = {
    resource.name: resource
    for module in (s3, dynamodb, functions, glue, iam, messaging, monitoring, streams, network, redshift)
    for resource in module.TYPES
}


def install() -> None:
    """Leave ministack the types that are in the table alone, with what is ours around its handlers."""
    ours = {name: _handlers(resource, HANDLERS) for name, resource in TYPES.items()}
    ours[functions.CUSTOM_RESOURCE] = HANDLERS[functions.CUSTOM_RESOURCE]
    HANDLERS.clear()  # other modules imported the dictionary by name
    HANDLERS.update(ours)
    wrap(
        "ministack.services.cloudformation.engine",
        "validate_template_support",
        _refuse_unsupported,
        "refuse what is not in the local cloud",
    )
    # It was imported by name where it is called.
    for module in ("changesets", "handlers"):
        wrap(
            f"ministack.services.cloudformation.{module}",
            "validate_template_support",
            _refuse_unsupported,
            "refuse it for this call as well",
        )
    wrap("ministack.services.cloudformation.stacks", "_runs_on_worker_thread", _off_the_loop, "let our handlers call the local cloud")
    failing.install()


def _refuse_unsupported(original: Callable[..., None]) -> Callable[..., None]:
    def validate_template_support(template: Properties, conditions: dict[str, bool], params: Properties | None = None) -> None:
        problems = unsupported(template, conditions, TYPES)
        if problems:
            raise ValueError("not in the local cloud: " + "; ".join(problems))
        original(template, conditions, params)

    return validate_template_support


def _off_the_loop(original: Callable[[str], bool]) -> Callable[[str], bool]:
    def _runs_on_worker_thread(resource_type: str) -> bool:
        return resource_type in TYPES or original(resource_type)

    return _runs_on_worker_thread


def _handlers(resource: ResourceType, ministack: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the handlers of a type in ministack's own form: its own, ours around them, or ours alone."""
    if resource.own:
        return _own(resource)
    stock = ministack[resource.name] | ({"delete": resource.delete} if resource.delete else {})
    return failing.checked(resource.name, stock | (failing.completed(resource.complete, stock) if resource.complete else {}))


def _own(resource: ResourceType) -> dict[str, Any]:
    own = resource.own
    assert own is not None

    def update(physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> tuple[str, Properties]:
        if own.update:
            return physical_id, own.update(physical_id, old, new)
        if old.get("Name") and old.get("Name") == new.get("Name"):
            raise ValueError(f"{resource.name} {physical_id} would have to be replaced, but its name is fixed; change the name")
        # ministack deletes the old one once all else is updated, and keeps it where that fails
        return own.create(logical_id, new, stack)

    return {"create": own.create, "update": update, "update_with_logical_id": True, "delete": own.delete}
