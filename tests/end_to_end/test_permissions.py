"""A grant that is missing is found here, and not in the account."""

from pathlib import Path

import pytest

from tests.end_to_end.files import airlines
from tests.end_to_end.grants import without
from tests.end_to_end.lake import Lake


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
    role = lake.client("glue").get_job(JobName="lake-airlines")["Job"]["Role"].rpartition("/")[2]
    without(lake, role, sid)
    people = lake.people()
    lake.land("airlines", airlines())
    told = lake.wait(fails=True)
    assert f"not authorized to perform: {action}" in told
    (message,) = people.messages()
    assert "The refresh of airlines failed: " in message
    assert f"not authorized to perform: {action}" in message
    assert lake.ledger("airlines", "lease")[0].get("owner") is None
