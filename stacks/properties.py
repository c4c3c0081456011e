"""What every stack is given, from the settings, and what checks all of them."""

from typing import Any

from aws_cdk import App, DefaultStackSynthesizer, Environment, PermissionsBoundary, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from config.settings import Settings
from lake_constructs.validation.plugin import DeployabilityChecks


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


def check(app: App) -> None:
    """Stop the synth at a finding of cdk-nag or of our own rules, in the lake's stacks and in those that a company added."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), DeployabilityChecks())


def _boundary(policy: str) -> PermissionsBoundary:
    return PermissionsBoundary.from_arn(policy) if policy.startswith("arn:") else PermissionsBoundary.from_name(policy)
