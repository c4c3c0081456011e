from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.common import outputs, session
from cli.common.errors import UserError
from cli.common.session import Lake, connect
from config import read


class CloudFormation:
    """Answers with one stack, or says that there is none."""

    def __init__(self, *found: dict[str, Any]) -> None:
        self.found = found

    def describe_stacks(self, **_request: str) -> dict[str, Any]:
        if not self.found:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        return {"Stacks": self.found}


def lake(*stacks: dict[str, Any]) -> Lake:
    made = Lake("local", read.settings(read.ROOT / "config" / "local.yaml"))
    made.__dict__["cloudformation"] = CloudFormation(*stacks)
    return made


def test_a_verb_before_deploy_says_to_deploy() -> None:
    with pytest.raises(UserError, match=r"not deployed: no stack lake-storage in account 000000000000: run \./lake deploy --env local"):
        outputs.value(lake(), outputs.STORAGE, "RawBucket")


def test_an_output_is_found_by_its_name() -> None:
    stack = {"StackStatus": "CREATE_COMPLETE", "Outputs": [{"OutputKey": "RawBucket", "OutputValue": "raw"}]}
    assert outputs.value(lake(stack), outputs.STORAGE, "RawBucket") == "raw"


def test_a_stack_from_before_an_output_says_to_deploy() -> None:
    with pytest.raises(UserError, match=r"stack lake-storage has no output RawBucket \(it is ROLLBACK_COMPLETE\): run"):
        outputs.value(lake({"StackStatus": "ROLLBACK_COMPLETE"}), outputs.STORAGE, "RawBucket")


def test_a_local_cloud_that_is_not_running_is_told_with_the_verb_that_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "answers", lambda _url: False)
    with pytest.raises(UserError, match=r"no local cloud answers on http://127\.0\.0\.1:4566: run \./lake local start --env local"):
        connect("local")


def test_credentials_of_another_account_are_refused_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lake, "account", lambda _lake: "999999999999")
    with pytest.raises(UserError, match="the credentials are of account 999999999999, dev is in 111111111111"):
        connect("dev")


def test_credentials_of_the_right_account_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lake, "account", lambda _lake: "111111111111")
    assert connect("dev").settings.account == "111111111111"
