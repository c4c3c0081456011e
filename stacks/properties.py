"""What every stack is given, from the settings."""

from typing import Any

from aws_cdk import App, DefaultStackSynthesizer, Environment, PermissionsBoundary, Tags

from config.settings import Settings


def properties(settings: Settings, part: str) -> dict[str, Any]:
    """Return the properties of `aws_cdk.Stack` for one part of the lake, as `storage`."""
    boundary = settings.permissions_boundary
    return {
        "stack_name": f"{settings.name}-{part}",
        "env": Environment(account=settings.account, region=settings.region),
        "tags": dict(settings.tags),
        "synthesizer": DefaultStackSynthesizer(qualifier=settings.bootstrap_qualifier),
        **({"permissions_boundary": _boundary(boundary)} if boundary else {}),
    }


def tag(app: App, settings: Settings) -> None:
    """Tag every resource that takes tags; a stack's own tags reach its resources only while it is deployed."""
    for key, value in settings.tags.items():
        Tags.of(app).add(key, value)


def _boundary(policy: str) -> PermissionsBoundary:
    return PermissionsBoundary.from_arn(policy) if policy.startswith("arn:") else PermissionsBoundary.from_name(policy)
