from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from cli.common.errors import UserError
from cli.common.session import Lake
from cli.destroy import check_answer, check_unprotected, empty, made
from config import read


def lake(environment: str = "local", **clients: Any) -> Lake:
    made = Lake(environment, read.settings(environment))
    made.__dict__.update(clients)
    return made


class Pages:
    """Answers each paginator with the pages it was given."""

    def __init__(self, **pages: list[dict[str, Any]]) -> None:
        self.pages = pages

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: self.pages[operation])


class CloudFormation(Pages):
    def __init__(self, *, protected: bool = False) -> None:
        stack = {"StackName": "lake-storage", "StackStatus": "CREATE_COMPLETE", "EnableTerminationProtection": protected}
        stray = {"StackName": "lake-processing-old", "StackStatus": "CREATE_COMPLETE"}
        gone = {"StackName": "lake-catalog", "StackStatus": "DELETE_COMPLETE"}
        found = [
            {
                "ResourceType": "AWS::S3::Bucket",
                "LogicalResourceId": name,
                "PhysicalResourceId": name.lower(),
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name in ("Raw", "Kept")
        ]
        super().__init__(describe_stacks=[{"Stacks": [stack, stray, gone]}], list_stack_resources=[{"StackResourceSummaries": found}])

    def get_template(self, **_: str) -> dict[str, Any]:
        return {"TemplateBody": {"Resources": {"Raw": {"DeletionPolicy": "Delete"}, "Kept": {"DeletionPolicy": "Retain"}}}}


def test_a_protected_environment_is_refused_with_the_way_to_be_rid_of_it() -> None:
    with pytest.raises(UserError, match=r"prod is protected .* set storage.protected to false, ./lake deploy --env prod"):
        check_unprotected(lake("prod"))
    check_unprotected(lake("dev"))


def test_a_stack_that_was_deployed_as_protected_is_refused_whatever_the_settings_say_now() -> None:
    with pytest.raises(UserError, match="lake-storage: deployed with termination protection"):
        made(lake(cloudformation=CloudFormation(protected=True)), ["lake-storage", "lake-catalog"])


def test_the_plan_empties_what_goes_and_says_what_stays() -> None:
    plan = made(lake(cloudformation=CloudFormation()), ["lake-storage", "lake-catalog"])
    assert (plan.stacks, plan.buckets) == (["lake-storage"], ["raw"])
    kept, stray = plan.stays
    assert kept == "AWS::S3::Bucket kept: its stack keeps it; delete it by hand"
    assert stray.startswith("stack lake-processing-old: of a domain that no dataset has any more")


@pytest.mark.parametrize(
    ("answer", "told"), [(None, "nobody is here to be asked: say --yes local"), ("dev", "got 'dev', the environment is 'local'")]
)
def test_without_the_environment_s_name_nothing_is_deleted(answer: str | None, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    with pytest.raises(UserError, match=told):
        check_answer(lake(), answer)
    check_answer(lake(), "local")


def test_the_name_of_a_file_of_settings_is_the_environment_s() -> None:
    check_answer(replace(lake(), environment="somewhere/mine.yaml"), "mine")


class S3(Pages):
    def __init__(self, errors: list[dict[str, str]]) -> None:
        pages = [
            {
                "Versions": [{"Key": "a", "VersionId": "1"}, {"Key": "a", "VersionId": "2"}],
                "DeleteMarkers": [{"Key": "a", "VersionId": "3"}],
            },
            {},
            {"Versions": [{"Key": "b", "VersionId": "null"}]},
        ]
        super().__init__(list_object_versions=pages)
        self.errors, self.deleted = errors, []  # type: tuple[list[dict[str, str]], list[Any]]

    def delete_objects(self, **request: Any) -> dict[str, Any]:
        self.deleted += request["Delete"]["Objects"]
        return {"Errors": self.errors} if self.errors else {}


def test_every_version_and_delete_marker_of_a_bucket_is_deleted() -> None:
    s3 = S3([])
    assert empty(lake(s3=s3), "raw", lambda _: None) == 4
    assert [item["VersionId"] for item in s3.deleted] == ["1", "2", "3", "null"]


def test_an_object_that_is_not_deleted_is_told_with_s3_s_reason() -> None:
    with pytest.raises(UserError, match="raw/a was not deleted: AccessDenied: locked"):
        empty(lake(s3=S3([{"Key": "a", "Code": "AccessDenied", "Message": "locked"}])), "raw", lambda _: None)
