"""Statements of roles, taken away to see what fails."""

import json
from collections.abc import Callable
from typing import Any

from tests.end_to_end.lake import Lake


def without(lake: Lake, role: str, sid: str) -> Callable[[], None]:
    """Take a statement away from a role, which is known by how its name begins, and return what gives it back."""
    iam = lake.client("iam")
    (name,) = [
        found["RoleName"]
        for page in iam.get_paginator("list_roles").paginate()
        for found in page["Roles"]
        if found["RoleName"].startswith(role)
    ]
    (policy_name,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=name, PolicyName=policy_name)["PolicyDocument"]
    kept = [statement for statement in policy["Statement"] if statement["Sid"] != sid]
    assert len(kept) == len(policy["Statement"]) - 1

    def put(statements: list[dict[str, Any]]) -> None:
        document = json.dumps({**policy, "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=document)

    put(kept)
    return lambda: put(policy["Statement"])
