"""Acknowledged findings of cdk-nag."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from aws_cdk import Acknowledgment, IResolvable, Reference, Stack, Tokenization, Validations
from aws_cdk import aws_iam as iam
from constructs import IConstruct

PACK = "AwsSolutions"
TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")  # how the CDK writes into a text what it knows only at the end


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Accept one finding on `construct` and what it holds.

    Args:
        construct: the narrowest construct that has the finding.
        finding: the rule, with its detail where the rule reports several, as `AwsSolutions-IAM5[Action::s3:GetObject*]`.
        reason: why it is right here, for an auditor.
    """
    _acknowledge(construct, [finding], reason)


def acknowledge_wildcards(role: iam.Role, statements: Iterable[iam.PolicyStatement], reason: str) -> None:
    """Accept each resource of `statements` that ends in a wildcard, and no other."""
    found = {resource for statement in statements for resource in statement.resources if "*" in resource}
    if not found:
        return
    stack = Stack.of(role)
    shown = sorted(TOKEN.sub(lambda token: _as_nag_writes(stack, token[0]), resource) for resource in found)
    _acknowledge(role, [f"AwsSolutions-IAM5[Resource::{resource}]" for resource in shown], reason)


def _acknowledge(construct: IConstruct, findings: Iterable[str], reason: str) -> None:
    # only an id with the pack in front reaches the validation report
    rules = [Acknowledgment(id=f"{PACK}::{finding}", reason=reason) for finding in findings]
    Validations.of(construct).acknowledge(*rules)


@lru_cache(maxsize=4096)
def _as_nag_writes(stack: Stack, token: str) -> str:
    """Return a reference as cdk-nag shows it, of the resolved template; the same few stand in the statements of hundreds of jobs."""
    resolved = stack.resolve(token)
    if isinstance(resolved, str):
        return resolved
    (reference,) = Tokenization.reverse_string(token).tokens
    return _reference(stack, reference, resolved)


def _reference(stack: Stack, token: IResolvable, intrinsic: dict[str, Any]) -> str:
    assert Reference.is_reference(token), f"a wildcard in {intrinsic} cannot be told apart; write the ARN from references"
    owner = Stack.of(token.target)  # type: ignore[attr-defined]  # is_reference is not declared as a type guard
    if owner.stack_name == stack.stack_name:
        ((_, target),) = intrinsic.items()
        return f"<{'.'.join([target] if isinstance(target, str) else target)}>"
    # a weak reference becomes an output of its owner only when the app is prepared; the name is made as Stack.allocate_logical_id makes it
    name = "Output" + json.dumps(intrinsic, separators=(",", ":"))
    digest = hashlib.md5(f"Publish/{name}".encode(), usedforsecurity=False).hexdigest()[:8].upper()
    output = "Publish" + "".join(character for character in name if character.isalnum()) + digest
    shown = {"Fn::GetStackOutput": {"StackName": owner.stack_name, "Region": owner.region, "OutputName": output}}
    return json.dumps(shown, separators=(",", ":"))
