"""A grant that is missing is found here, and not in the account."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.files import airlines
from tests.end_to_end.lake import Lake


def without(lake: Lake, sid: str) -> None:
    """Take a statement away from the role of the job of airlines."""
    iam = lake.client("iam")
    role = lake.client("glue").get_job(JobName="lake-airlines")["Job"]["Role"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    kept = [statement for statement in policy["Statement"] if statement["Sid"] != sid]
    assert len(kept) == len(policy["Statement"]) - 1
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps({**policy, "Statement": kept}))


@pytest.mark.parametrize(
    ("sid", "action"),
    [
        ("ReadRaw", "s3:GetObject on resource:"),
        pytest.param("OwnTables", "glue:", marks=pytest.mark.matrix),
        pytest.param("KeepAccounts", "dynamodb:", marks=pytest.mark.matrix),
    ],
)
def test_a_job_without_a_statement_fails_and_the_denied_action_is_named(
    sid: str, action: str, deployed: tuple[Lake, Path], lake: Lake
) -> None:
    lake.restore(deployed[1])
    without(lake, sid)
    people = lake.people()
    lake.land("airlines", airlines())
    told = lake.wait(fails=True)
    assert f"not authorized to perform: {action}" in told
    (message,) = people.messages()
    assert "The refresh of airlines failed: " in message
    assert f"not authorized to perform: {action}" in message
    assert lake.ledger("airlines", "lease")[0].get("owner") is None
