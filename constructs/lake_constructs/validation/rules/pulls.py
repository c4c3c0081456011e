"""Pulls from APIs: that a function may do what its environment tells it to."""

import json
from collections.abc import Iterator

from lake_constructs.validation.policies import of_role, role_allows
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates


@rule("AWS::Lambda::Function", mend="allow it in the policy of the function's role")
def pull_may_do_its_work(templates: Templates, function: Resource) -> Iterator[str]:
    """A pull that lacks a grant deploys, and fails at its first run; without that to hand over, at the first pull that takes long."""
    told = function.properties.get("Environment", {}).get("Variables", {})
    role = templates.target(function.stack, function.properties.get("Role"))
    if "PULL" not in told or role is None:
        return
    held = of_role(templates, role)
    for action, resource in _wanted(templates, function):
        if not role_allows(held, action, resource):
            yield f"its role {role} may not call {action} on {resource}"


def _wanted(templates: Templates, function: Resource) -> Iterator[tuple[str, str]]:
    """Yield what is done, and to what."""
    stack, told = function.stack, function.properties["Environment"]["Variables"]
    place = f"{stack.region}:{stack.account}"
    bucket, table = (templates.target(stack, told[name]) for name in ("RAW_BUCKET", "LEDGER_TABLE"))
    if bucket is not None:
        yield "s3:PutObject", f"{templates.identity(bucket)}/{templates.text(stack, told['FOLDER'])}/x"
    if table is not None:
        yield "dynamodb:UpdateItem", templates.identity(table)
    yield "lambda:InvokeFunction", f"arn:aws:lambda:{place}:function:{templates.identity(function, None)}"
    if secret := (json.loads(templates.text(stack, told["PULL"])).get("authentication") or {}).get("secret"):
        yield "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{place}:secret:{secret}-AbCdEf"
