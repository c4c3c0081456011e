"""What policies allow, as far as templates show it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lake_constructs.validation.templates import Resource, StackTemplate, Templates

POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


@dataclass(frozen=True)
class Statement:
    """One statement, references resolved to text.

    Attributes:
        services: the services among its principals; `*` is everyone.
        conditions: (operator, key) -> values.
    """

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    services: tuple[str, ...]
    conditions: Mapping[tuple[str, str], tuple[str, ...]]

    def names(self, action: str, resource: str) -> bool:
        """Return whether it speaks of an action on a resource."""
        return self.speaks_of(action) and any(matches(resource, pattern) for pattern in self.resources)

    def speaks_of(self, action: str) -> bool:
        """Return whether it speaks of an action, on whatever resource."""
        return any(matches(action.lower(), pattern.lower()) for pattern in self.actions)


def many(value: Any) -> list[Any]:
    """Return a list of what may stand alone or in a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def matches(text: str, pattern: str) -> bool:
    """Return whether a policy's pattern, in which * and ? are wildcards, fits a text."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern), re.DOTALL)


def statements(templates: Templates, stack: StackTemplate, document: Mapping[str, Any]) -> Iterator[Statement]:
    """Yield the statements of a policy document."""
    for raw in many(document.get("Statement")):
        principal = raw.get("Principal", {})
        everyone = principal == "*" or (isinstance(principal, dict) and "*" in many(principal.get("AWS")))
        services = ["*"] if everyone else [templates.text(stack, name) for name in many(principal.get("Service"))]
        yield Statement(
            allows=raw.get("Effect") == "Allow",
            actions=tuple(many(raw.get("Action"))),
            resources=tuple(templates.text(stack, resource) for resource in many(raw.get("Resource"))),
            services=tuple(services),
            conditions={
                (operator, key): tuple(templates.text(stack, value) for value in many(values))
                for operator, keys in raw.get("Condition", {}).items()
                for key, values in keys.items()
            },
        )


@lru_cache(maxsize=4096)
def of_role(templates: Templates, role: Resource) -> tuple[Statement, ...]:
    """Return every statement of the policies that a role has in these templates."""
    found = [
        statement
        for inline in role.properties.get("Policies", [])
        for statement in statements(templates, role.stack, inline["PolicyDocument"])
    ]
    for policy in policies_of(templates, role):
        found += statements(templates, policy.stack, policy.properties["PolicyDocument"])
    return tuple(found)


def policies_of(templates: Templates, role: Resource) -> list[Resource]:
    """Return the policies that are resources of their own and are attached to a role."""
    named = templates.targets(role.stack, role.properties.get("ManagedPolicyArns", []))
    return [*_attached(templates).get(role, []), *(policy for policy in named if policy.type in POLICIES)]


@lru_cache(maxsize=8)
def _attached(templates: Templates) -> Mapping[Resource, list[Resource]]:
    found: dict[Resource, list[Resource]] = {}
    for policy in templates.resources(*POLICIES):
        for role in templates.targets(policy.stack, policy.properties.get("Roles", [])):
            found.setdefault(role, []).append(policy)
    return found


def role_allows(held: Sequence[Statement], action: str, resource: str) -> bool:
    """Return whether statements of a role allow an action; their conditions are taken as met."""
    return any(statement.allows and statement.names(action, resource) for statement in held)


def service_allowed(held: Sequence[Statement], service: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Return whether a resource's policy lets a service act on it.

    Args:
        context: condition key -> value, as far as it is known; a condition on another key is taken as met.
    """
    return any(
        statement.allows
        and any(matches(service, name) for name in statement.services)
        and statement.names(action, resource)
        and all(
            any(matches(context[key], value) for value in values) for (_, key), values in statement.conditions.items() if key in context
        )
        for statement in held
    )
