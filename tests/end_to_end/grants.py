"""Statements of roles, taken away to see what fails."""

import json

from tests.end_to_end.lake import Lake


def without(lake: Lake, role: str, sid: str) -> None:
    """Take a statement away from a role, which is known by how its name begins."""
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
    iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=json.dumps({**policy, "Statement": kept}))
