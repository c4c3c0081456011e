"""IAM actions: that they exist."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lake_constructs.validation.policies import many, matches
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

KNOWN = Path(__file__).parents[1] / "iam_actions.json"
DOCUMENTS = ("AssumeRolePolicyDocument", "KeyPolicy", "PolicyDocument", "ResourcePolicy")


@rule(
    "AWS::DynamoDB::Table",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    mend="write the action as the service authorization reference has it",
)
def actions_exist(templates: Templates, resource: Resource) -> Iterator[str]:
    """IAM takes any name of an action; one that does not exist allows nothing, and a wildcard that fits none does neither."""
    for document in _documents(resource.properties):
        for statement in many(document.get("Statement")):
            for action in [*many(statement.get("Action")), *many(statement.get("NotAction"))]:
                if problem := _unknown(str(action)):
                    yield problem


def _documents(value: Any) -> Iterator[Mapping[str, Any]]:
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key in DOCUMENTS:
            yield child
        else:
            yield from _documents(child)


@cache
def _unknown(action: str) -> str:
    service, colon, name = action.partition(":")
    if action == "*":
        return ""
    if not colon or service.lower() not in known_actions():
        return f"{action} names no service of IAM"
    names = known_actions()[service.lower()]
    if names and not any(matches(known, name.lower()) for known in names):
        return f"{action} {'fits no action' if '*' in name or '?' in name else 'is no action'} of {service}"
    return ""


@cache
def known_actions() -> Mapping[str, list[str]]:
    """Return service -> its actions in lower case; an empty list where they were left out, as for services that no lake uses."""
    found: dict[str, list[str]] = json.loads(KNOWN.read_text(encoding="utf-8"))
    return found
