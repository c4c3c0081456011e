"""What a deploy does first about what an earlier one left, against a CloudFormation that answers as the real one does."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli.common import cdk, clashes, leftovers
from cli.common.errors import UserError
from cli.common.session import Lake
from config import read
from tests.cli.test_preflight import Client

GROUP = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/lake/x"}}
DATABASE = {"Type": "AWS::Glue::Database", "Properties": {"DatabaseInput": {"Name": "lake_raw"}}}
JOB = {"Type": "AWS::Glue::Job", "Properties": {"Name": "lake-flights"}}


def events(*told: tuple[str, str, str]) -> dict[str, Any]:
    """Return a page of a stack's events."""
    keys = ("LogicalResourceId", "ResourceStatus", "ResourceStatusReason")
    return {"StackEvents": [dict(zip(keys, event, strict=True)) for event in told]}


EVENTS = [  # the newest first; CloudFormation gives a hundred a page, or fewer
    events(("Other", "CREATE_FAILED", "Resource creation cancelled"), ("Last", "DELETE_FAILED", "what followed")),
    events(
        ("Raw", "DELETE_FAILED", "The bucket is not empty"),
        ("lake-storage", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Raw", "CREATE_FAILED", "of an earlier deploy"),
    ),
    events(("Raw", "CREATE_FAILED", "of a still earlier deploy")),
]


class CloudFormation:
    """One stack, which is protected or not, and gone or failed once it is deleted."""

    def __init__(self, status: str, *, protected: bool = False, after: str = "DELETE_COMPLETE") -> None:
        self.stack: dict[str, Any] = {"StackName": "lake-storage", "StackStatus": status, "EnableTerminationProtection": protected}
        self.after, self.calls = after, []  # type: tuple[str, list[str]]

    def get_paginator(self, operation: str) -> Any:
        pages = {"describe_stacks": [{"Stacks": [self.stack]}], "list_stack_resources": [], "describe_stack_events": EVENTS}
        return type("Paginator", (), {"paginate": lambda self, **_: pages[operation]})()

    def update_termination_protection(self, **request: Any) -> None:
        self.calls.append("unprotected")
        self.stack["EnableTerminationProtection"] = request["EnableTerminationProtection"]

    def delete_stack(self, **_: str) -> None:
        if self.stack["EnableTerminationProtection"]:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "TerminationProtection is enabled"}}, "DeleteStack")
        self.calls.append("deleted")
        self.stack["StackStatus"] = self.after

    def continue_update_rollback(self, **_: str) -> None:
        self.calls.append("continued")
        self.stack["StackStatus"] = self.after


@pytest.fixture(autouse=True)
def templates(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The environment's templates: one stack."""
    found: dict[str, Any] = {"lake-storage": {"Resources": {}}}
    monkeypatch.setattr(cdk, "stacks", lambda _: ["lake-storage"])
    monkeypatch.setattr(clashes, "wanted", lambda folder, names: {name: found[name] for name in names})
    return found


def clear(cloudformation: CloudFormation, **clients: Any) -> list[str]:
    lake = Lake("dev", read.settings("dev"))
    lake.__dict__.update({"cloudformation": cloudformation, **clients})
    return leftovers.clear(lake, lambda _: None)


@pytest.mark.parametrize("status", ["CREATE_FAILED", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_stack_that_never_came_up_is_deleted_though_it_is_protected(status: str) -> None:
    stack = CloudFormation(status, protected=True)
    assert clear(stack) == [f"lake-storage had never come up ({status}), and was deleted"]
    assert stack.calls == ["unprotected", "deleted"]


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_that_can_be_deployed_to_is_left_alone(status: str) -> None:
    stack = CloudFormation(status, protected=True)
    assert (clear(stack), stack.calls) == ([], [])


def test_one_that_cannot_be_deleted_stops_the_deploy_with_the_reason() -> None:
    with pytest.raises(UserError, match="never came up, and is now DELETE_FAILED: Raw: The bucket is not empty; delete what that names"):
        clear(CloudFormation("ROLLBACK_FAILED", after="DELETE_FAILED"))


def test_a_rollback_that_got_stuck_is_continued() -> None:
    stack = CloudFormation("UPDATE_ROLLBACK_FAILED", after="UPDATE_ROLLBACK_COMPLETE")
    assert "as it was before the update that failed" in clear(stack)[0]
    with pytest.raises(UserError, match="UPDATE_ROLLBACK_FAILED again: Raw: The bucket is not empty"):
        clear(CloudFormation("UPDATE_ROLLBACK_FAILED", after="UPDATE_ROLLBACK_FAILED"))


def test_a_stack_that_is_half_deleted_is_the_destroy_s_to_finish() -> None:
    with pytest.raises(UserError, match=r"a destroy stopped there: Raw: .*; \./lake destroy --env dev goes on"):
        clear(CloudFormation("DELETE_FAILED"))


def test_why_a_deploy_failed_is_told_in_cloudformation_s_own_words_and_of_that_deploy_alone() -> None:
    lake = Lake("dev", read.settings("dev"))
    lake.__dict__["cloudformation"] = CloudFormation("ROLLBACK_COMPLETE")
    assert leftovers.reasons(lake) == ["lake-storage is ROLLBACK_COMPLETE: Raw: The bucket is not empty"]
    lake.__dict__["cloudformation"] = CloudFormation("UPDATE_COMPLETE")
    assert leftovers.reasons(lake) == []


class Logs:
    """A log group of the wanted name, with or without a log."""

    def __init__(self, *streams: str) -> None:
        self.streams, self.deleted = streams, False

    def describe_log_groups(self, **_: str) -> dict[str, Any]:
        return {"logGroups": [] if self.deleted else [{"logGroupName": "/lake/x"}, {"logGroupName": "/lake/x/y"}]}

    def describe_log_streams(self, **_: Any) -> dict[str, Any]:
        return {"logStreams": [{"logStreamName": name} for name in self.streams]}

    def delete_log_group(self, **_: str) -> None:
        self.deleted = True


def test_an_empty_log_group_of_a_wanted_name_goes_and_one_with_logs_stops_the_deploy(templates: dict[str, Any]) -> None:
    templates["lake-storage"]["Resources"]["Group"] = GROUP
    empty, full = Logs(), Logs("a-run")
    assert clear(CloudFormation("ROLLBACK_COMPLETE"), logs=empty)[1:] == [
        "AWS::Logs::LogGroup /lake/x, which no stack had and nothing was in, was deleted"
    ]
    assert empty.deleted
    with pytest.raises(UserError, match=r"AWS::Logs::LogGroup /lake/x holds logs \(a-run\)"):
        clear(CloudFormation("ROLLBACK_COMPLETE"), logs=full)
    assert not full.deleted


def test_what_may_be_somebody_s_is_never_deleted(templates: dict[str, Any]) -> None:
    templates["lake-storage"]["Resources"] |= {"Job": JOB, "Database": DATABASE}
    tables = {"TableList": [{"Name": "flights"}]}
    with pytest.raises(UserError) as refused:
        clear(CloudFormation("ROLLBACK_COMPLETE"), glue=Client(get_job={"Job": {}}, get_database={"Database": {}}, get_tables=tables))
    assert "AWS::Glue::Job lake-flights may be somebody's" in str(refused.value)
    assert "AWS::Glue::Database lake_raw holds tables: flights" in str(refused.value)
    assert "write another name than lake" in str(refused.value)


def test_who_may_not_look_for_names_may_deploy_all_the_same(templates: dict[str, Any]) -> None:
    templates["lake-storage"]["Resources"] |= {"Job": JOB, "Database": DATABASE}
    assert clear(CloudFormation("ROLLBACK_COMPLETE"), glue=Client())[1:] == [
        "names of AWS::Glue::Database, AWS::Glue::Job were not looked for: these credentials may not"
    ]


def test_a_service_that_is_not_reached_stops_the_deploy(templates: dict[str, Any]) -> None:
    class Away:
        def get_job(self, **_: str) -> None:
            raise EndpointConnectionError(endpoint_url="https://glue.eu-west-1.amazonaws.com/")

    templates["lake-storage"]["Resources"]["Job"] = JOB
    with pytest.raises(EndpointConnectionError):
        clear(CloudFormation("ROLLBACK_COMPLETE"), glue=Away())


def test_a_database_that_cannot_be_looked_into_is_not_taken_for_empty(templates: dict[str, Any]) -> None:
    templates["lake-storage"]["Resources"]["Database"] = DATABASE
    with pytest.raises(UserError, match="lake_raw could not be looked into: AccessDeniedException"):
        clear(CloudFormation("ROLLBACK_COMPLETE"), glue=Client(get_database={"Database": {}}))
