from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from cli import destroy
from cli.common.errors import UserError
from cli.common.session import Lake
from cli.common.stacks import Resource
from cli.common.teardown import price, writers
from cli.common.teardown.buckets import empty
from cli.common.teardown.plan import Plan, Stay, made
from cli.common.teardown.switches import Switched
from cli.destroy import check_answer, verify
from config import read
from lake_constructs import crawler, table_upkeep
from tests.stacks.synthesis import ROOT

NAMES = ["lake-storage", "lake-catalog", "lake-orchestration"]


def lake(environment: str = "local", **clients: Any) -> Lake:
    made = Lake(environment, read.settings(environment))
    made.__dict__.update(clients)
    made.__dict__["_clients"] = clients
    return made


class Pages:
    """Answers each paginator with the pages it was given."""

    def __init__(self, **pages: list[dict[str, Any]]) -> None:
        self.pages = pages

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: self.pages[operation])


class CloudFormation:
    """A storage stack with a bucket that goes and one that is kept, a stack that holds nothing, one of a domain that is no more."""

    def __init__(self, *, protected: bool = False, status: str = "CREATE_COMPLETE") -> None:
        self.held = {
            "lake-storage": [("AWS::S3::Bucket", "Raw"), ("AWS::S3::Bucket", "Kept"), ("AWS::KMS::Key", "Key")],
            "lake-orchestration": [("AWS::Events::Rule", "Rule")],
        }
        self.described = [
            {"StackName": "lake-storage", "StackStatus": status, "EnableTerminationProtection": protected},
            {"StackName": "lake-orchestration", "StackStatus": "CREATE_COMPLETE"},
            {"StackName": "lake-processing-old", "StackStatus": "CREATE_COMPLETE"},
            {"StackName": "lake-catalog", "StackStatus": "DELETE_COMPLETE"},
        ]

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, operation))

    def describe_stacks(self) -> list[dict[str, Any]]:
        return [{"Stacks": self.described}]

    def list_stack_resources(self, *, StackName: str) -> list[dict[str, Any]]:  # noqa: N803  # as boto3 has it
        summaries = [
            {"ResourceType": kind, "LogicalResourceId": name, "PhysicalResourceId": name.lower(), "ResourceStatus": "CREATE_COMPLETE"}
            for kind, name in self.held[StackName]
        ]
        return [{"StackResourceSummaries": summaries}]

    def get_template(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        policies = {"Kept": {"DeletionPolicy": "Retain"}}
        return {"TemplateBody": {"Resources": {name: {"Type": kind, **policies.get(name, {})} for kind, name in self.held[StackName]}}}


def planned(environment: str = "local", *, delete_data: bool = True, **state: Any) -> Plan:
    return made(lake(environment, cloudformation=CloudFormation(**state)), NAMES, delete_data=delete_data)


def test_with_both_keys_all_goes_but_what_its_stack_keeps_and_that_is_listed() -> None:
    plan = planned()
    assert (plan.stacks, plan.buckets, plan.blocks) == (["lake-storage", "lake-orchestration"], ["raw"], [])
    assert [resource.name for resource in plan.going] == ["raw", "key", "rule"]
    kept, stray, key, *_ = (stay.what for stay in plan.stays)
    assert kept == "AWS::S3::Bucket kept: its stack keeps it (Retain)"
    assert stray.startswith("stack lake-processing-old: of a domain that no dataset has any more")
    assert key.startswith("AWS::KMS::Key key, disabled, as many days as its deletion waits")


def test_without_the_flag_what_holds_data_stays_whole() -> None:
    plan = planned(delete_data=False)
    assert (plan.stacks, plan.buckets) == (["lake-orchestration"], [])
    assert plan.stays[0].what == "stack lake-storage, since it holds data: bucket raw, bucket kept, key key"
    assert "--delete-data" in plan.stays[0].todo


def test_without_the_setting_nothing_goes_whatever_the_flag() -> None:
    for flag in (True, False):
        (block,) = planned("prod", delete_data=flag).blocks
        assert block == "prod is protected (storage.protected is true): set it to false, ./lake deploy --env prod, and destroy again"


def test_a_stack_that_was_deployed_as_protected_blocks_whatever_the_settings_say_now() -> None:
    (block,) = planned(protected=True).blocks
    assert block == "stack lake-storage was deployed with termination protection: ./lake deploy --env local takes it away"
    assert planned(protected=True, delete_data=False).blocks == []  # it stays anyway


def test_a_stack_that_something_is_happening_to_blocks() -> None:
    (block,) = planned(status="UPDATE_IN_PROGRESS").blocks
    assert block == "stack lake-storage is UPDATE_IN_PROGRESS: wait until that is over"


def test_a_stack_whose_first_change_set_was_never_executed_blocks_nothing_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    deployed = CloudFormation.get_template
    monkeypatch.setattr(
        CloudFormation,
        "get_template",
        lambda self, StackName: {"TemplateBody": ""} if StackName == "lake-storage" else deployed(self, StackName=StackName),  # noqa: N803
    )
    for flag in (True, False):  # it holds no data, whatever it was to hold
        plan = planned(status="REVIEW_IN_PROGRESS", delete_data=flag)
        assert (plan.stacks, plan.blocks) == (["lake-storage", "lake-orchestration"], [])


def test_the_log_groups_that_glue_makes_are_listed_by_the_names_that_the_lake_s_roles_may_write_to() -> None:
    listed = [stay.what for stay in planned().stays]
    for name in (crawler.LOG_GROUPS.removesuffix("*"), *table_upkeep.LOG_GROUPS):
        assert [what for what in listed if what.startswith("log groups that Glue made") and name in what]


def test_a_table_that_refuses_to_be_deleted_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"DeletionProtectionEnabled": True}}
    monkeypatch.setattr(CloudFormation, "get_template", lambda *_, **__: {"TemplateBody": {"Resources": {"Ledger": table}}})
    assert "table Ledger of stack lake-storage was deployed with deletion protection" in planned().blocks[0]


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


def bucket(name: str) -> Resource:
    return Resource("lake-storage", "AWS::S3::Bucket", name.title(), name)


def plan_of(*going: Resource, stays: tuple[Stay, ...] = (), templates: Any = None) -> Plan:
    return Plan(["lake-storage"], going, stays, [], templates or {})


class Buckets:
    """S3 that has some buckets."""

    def __init__(self, *names: str, code: str = "404") -> None:
        self.names, self.code = names, code

    def head_bucket(self, *, Bucket: str) -> dict[str, Any]:  # noqa: N803
        if Bucket not in self.names:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "HeadBucket")
        return {}


def test_what_is_left_though_its_stack_is_gone_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destroy, "SECONDS_TO_GO", 0)
    monkeypatch.setattr(destroy, "PAUSE", 0)
    with pytest.raises(UserError, match=r"(?s)left, though its stack is gone:.*AWS::S3::Bucket raw of lake-storage"):
        verify(lake(s3=Buckets("raw")), plan_of(bucket("raw"), bucket("other")))
    assert verify(lake(s3=Buckets()), plan_of(bucket("raw"))) == "1 of 1 types, none is left"


def test_what_was_listed_is_no_error() -> None:
    stays = (Stay("kept", resources=(bucket("kept"),)),)
    assert verify(lake(s3=Buckets("kept")), plan_of(bucket("kept"), bucket("raw"), stays=stays)).startswith("1 of 1 types")


def test_a_service_that_does_not_say_is_no_proof_that_a_resource_is_gone() -> None:
    with pytest.raises(UserError, match="AWS::S3::Bucket raw: nobody knows whether it is left: 403"):
        verify(lake(s3=Buckets(code="403")), plan_of(bucket("raw")))


def test_a_type_that_nobody_knows_how_to_ask_for_is_named() -> None:
    odd = Resource("company-queues", "AWS::MSK::Cluster", "Cluster", "cluster")
    assert verify(lake(), plan_of(odd)).endswith("not looked at, since nobody said how: AWS::MSK::Cluster")


class S3(Pages):
    def __init__(self, errors: list[dict[str, str]]) -> None:
        pages: list[dict[str, Any]] = [
            {
                "Versions": [{"Key": "a", "VersionId": "1", "Size": 10**12}, {"Key": "a", "VersionId": "2"}],
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


def test_what_stays_is_priced_by_what_it_is_and_by_what_it_holds() -> None:
    key = Resource("lake-storage", "AWS::KMS::Key", "Key", "key")
    stay = Stay("stack lake-storage", stack="lake-storage", resources=(key, bucket("raw")))
    templates = {"lake-storage": {"Resources": {"Key": {"Type": "AWS::KMS::Key"}, "Raw": {"Type": "AWS::S3::Bucket"}}}}
    ((found, usd, whole),) = price.costs(lake(s3=S3([])), plan_of(stays=(stay,), templates=templates))
    assert (found, whole) == (stay, True)
    assert usd == pytest.approx(1 + 1000 * 0.023)  # a key, and a terabyte


class Machines(Pages):
    """Step Functions with an execution that runs until it is stopped, and then for one more look."""

    def __init__(self) -> None:
        self.stopped: list[str] = []
        self.looks = 0

    def describe_state_machine(self, **_: str) -> dict[str, str]:
        return {"type": "STANDARD"}

    def get_paginator(self, operation: str) -> Any:
        self.looks += 1
        running = [{"executionArn": "arn:x:one"}] if self.looks < 3 else []
        return SimpleNamespace(paginate=lambda **_: [{"executions": running}])

    def stop_execution(self, *, executionArn: str, cause: str) -> None:  # noqa: N803
        self.stopped.append(executionArn)


def test_what_runs_is_told_to_stop_once_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "PAUSE", 0)
    machines = Machines()
    machine = Resource("lake-orchestration", "AWS::StepFunctions::StateMachine", "Refresh", "arn:x:refresh")
    assert writers.stop(lake(stepfunctions=machines), [machine], lambda _: None, Switched()) == 1
    assert (machines.stopped, machines.looks) == (["arn:x:one"], 3)


def test_what_does_not_end_stops_the_destroy_before_anything_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "PAUSE", 0)
    monkeypatch.setattr(writers, "SECONDS_TO_END", 0)
    machine = Resource("lake-orchestration", "AWS::StepFunctions::StateMachine", "Refresh", "arn:x:refresh")
    with pytest.raises(UserError, match=r"still at work after 0 s: execution one of refresh; nothing was deleted"):
        writers.stop(lake(stepfunctions=Machines()), [machine], lambda _: None, Switched())


def test_the_shipped_settings_hold_the_first_key_where_others_rely_on_the_lake() -> None:
    shipped = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in Path(ROOT / "config").glob("*.yaml")}
    assert {name for name, settings in shipped.items() if settings["storage"].get("protected") is False} == {"dev", "local"}
