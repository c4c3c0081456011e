"""What of a template is not in the local cloud."""

from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.cloudformation.functions import custom_resource_problem, is_custom
from local_cloud.cloudformation.resource import ResourceType


def unsupported(template: Mapping[str, Any], conditions: Mapping[str, bool], types: Mapping[str, ResourceType]) -> list[str]:
    """Return one sentence for each resource whose type, or one of whose properties, is not in the local cloud.

    Resources whose condition is false do not count.
    """
    resources = template.get("Resources") or {}
    used = {name: resource for name, resource in resources.items() if conditions.get(resource.get("Condition", ""), True)}
    return [problem for name, resource in used.items() for problem in _problems(name, resource, types)]


def _problems(name: str, resource: Mapping[str, Any], types: Mapping[str, ResourceType]) -> Iterator[str]:
    if is_custom(resource.get("Type", "")):
        problem = custom_resource_problem(name, resource)
        yield from [problem] if problem else []
        return
    known = types.get(resource.get("Type", ""))
    if known is None:
        yield f"resource type {resource.get('Type')} of {name}"
        return
    unknown = sorted(set(resource.get("Properties") or {}) - known.properties)
    if unknown:
        yield f"{', '.join(unknown)} of {name} ({known.name}; it has {', '.join(sorted(known.properties))})"
