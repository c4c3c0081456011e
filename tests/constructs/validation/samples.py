"""Small templates to show a rule."""

from typing import Any

from lake_constructs.validation.rule import Rule
from lake_constructs.validation.templates import StackTemplate, Templates

ACCOUNT, REGION = "111111111111", "eu-west-1"


def stack(name: str, outputs: dict[str, Any] | None = None, /, **resources: dict[str, Any]) -> StackTemplate:
    """Return a stack of some resources, by logical id."""
    template = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()}}
    return StackTemplate(name, template, ACCOUNT, REGION)


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    """Return a resource, its type without the `AWS::`."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def output_of(name: str, output: str) -> dict[str, Any]:
    """Return a weak reference to another stack's output."""
    return {"Fn::GetStackOutput": {"StackName": name, "OutputName": output, "Region": REGION}}


def problems(rule: Rule, *stacks: StackTemplate) -> list[str]:
    """Return what a rule finds."""
    return [finding.problem for finding in rule.findings(Templates(stacks))]
