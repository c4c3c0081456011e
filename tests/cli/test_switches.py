"""What a destroy switches off is on again where nothing was deleted, however the destroy ends."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import destroy
from cli.common import cdk, stacks
from cli.common.errors import UserError
from cli.common.session import Lake
from cli.common.stacks import Resource
from cli.common.teardown import buckets, switches, writers
from cli.common.teardown.plan import Plan
from cli.common.teardown.switches import Switched
from config import read

RULE = Resource("lake-orchestration", "AWS::Events::Rule", "Rule", "lake-arrived")
SCHEDULE = Resource("lake-orchestration", "AWS::Scheduler::Schedule", "Sweep", "lake-sweep")
CRAWLER = Resource("lake-catalog", "AWS::Glue::Crawler", "Crawler", "lake-crawler")
FUNCTION = Resource("lake-catalog", "AWS::Lambda::Function", "Intake", "lake-intake")
BUCKET = Resource("lake-storage", "AWS::S3::Bucket", "Raw", "raw")
ALL = (RULE, SCHEDULE, CRAWLER, FUNCTION)
ON = {"lake-arrived": "ENABLED", "lake-sweep": "ENABLED", "lake-crawler": "SCHEDULED", "source": "Enabled"}
OFF = {"lake-arrived": "DISABLED", "lake-sweep": "DISABLED", "lake-crawler": "NOT_SCHEDULED", "source": "Disabled"}
SWEEP = {"Name": "lake-sweep", "ScheduleExpression": "rate(1 hour)", "Target": {"Arn": "a"}, "FlexibleTimeWindow": {"Mode": "OFF"}}


class Account:
    """Services whose rule, schedule, crawler and event source can be switched, and whose stacks are there or not.

    Attributes:
        states: of what can be switched, by its name.
        refuses: what an operation raises before it does anything.
        asked: the operations that changed something, in their order.
    """

    def __init__(self, **states: str) -> None:
        self.states = {**ON, **states}
        self.stacks = {"lake-catalog": "CREATE_COMPLETE", "lake-orchestration": "CREATE_COMPLETE"}
        self.refuses: dict[str, list[BaseException]] = {}
        self.asked: list[str] = []

    def change(self, operation: str, name: str, state: str) -> None:
        self.asked.append(operation)
        if self.refuses.get(operation):
            raise self.refuses[operation].pop(0)
        self.states[name] = state

    def crawler(self, **_: str) -> dict[str, Any]:
        return {"Crawler": {"State": "READY", "Schedule": {"State": self.states["lake-crawler"]}}}

    def update_schedule(self, **request: Any) -> None:
        assert {key: request[key] for key in request if key != "State"} == SWEEP  # what is not told again, Scheduler forgets
        self.change("update_schedule", "lake-sweep", request["State"])

    def pages(self, operation: str) -> Any:
        def paginate(StackName: str = "") -> list[dict[str, Any]]:  # noqa: N803  # as boto3 has it
            if operation == "describe_stacks":
                return [{"Stacks": [{"StackName": name, "StackStatus": status} for name, status in self.stacks.items()]}]
            held = [one for one in (*ALL, BUCKET) if one.stack == StackName]
            keys = ("ResourceType", "LogicalResourceId", "PhysicalResourceId", "ResourceStatus")
            return [
                {"StackResourceSummaries": [dict(zip(keys, (one.kind, one.logical_id, one.name, "CREATE_COMPLETE"), strict=True))]}
                for one in held
            ]

        return SimpleNamespace(paginate=paginate)

    def lake(self) -> Lake:
        made = Lake("local", read.settings("local"))
        made.__dict__["events"] = SimpleNamespace(
            describe_rule=lambda Name: {"State": self.states[Name]},  # noqa: N803
            disable_rule=lambda Name: self.change("disable_rule", Name, "DISABLED"),  # noqa: N803
            enable_rule=lambda Name: self.change("enable_rule", Name, "ENABLED"),  # noqa: N803
        )
        made.__dict__["scheduler"] = SimpleNamespace(
            get_schedule=lambda **_: {**SWEEP, "State": self.states["lake-sweep"], "Arn": "x"}, update_schedule=self.update_schedule
        )
        made.__dict__["glue"] = SimpleNamespace(
            get_crawler=self.crawler,
            stop_crawler_schedule=lambda CrawlerName: self.change("stop_crawler_schedule", CrawlerName, "NOT_SCHEDULED"),  # noqa: N803
            start_crawler_schedule=lambda CrawlerName: self.change("start_crawler_schedule", CrawlerName, "SCHEDULED"),  # noqa: N803
        )
        made.__dict__["functions"] = SimpleNamespace(
            list_event_source_mappings=lambda **_: {"EventSourceMappings": [{"UUID": "source", "State": self.states["source"]}]},
            update_event_source_mapping=lambda UUID, Enabled: self.change(  # noqa: N803
                "enable_source" if Enabled else "disable_source", UUID, "Enabled" if Enabled else "Disabled"
            ),
        )
        made.__dict__["cloudformation"] = SimpleNamespace(get_paginator=self.pages)
        return made


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Update")


def destroyed(account: Account, monkeypatch: pytest.MonkeyPatch, deleting: Callable[[], None], *more: Resource) -> None:
    """Destroy the account's stacks, by a CDK command line that does what it is told."""
    monkeypatch.setattr(cdk, "destroy", lambda *_: deleting())
    monkeypatch.setattr(writers, "PAUSE", 0)
    monkeypatch.setattr(switches, "PAUSE", 0)
    destroy.destroy(account.lake(), Plan(list(account.stacks), [*ALL, *more], [], [], {}))


def failing() -> None:
    raise UserError("cdk destroy failed: no credentials")


def interrupted() -> None:
    raise KeyboardInterrupt


def test_what_can_start_something_is_switched_off_as_it_stands() -> None:
    account, switched = Account(), Switched()
    assert writers.stop(account.lake(), ALL, lambda _: None, switched) == 4
    assert account.states == OFF
    assert [switch.resource for switch in switched.off] == list(ALL)


def test_a_destroy_that_deletes_no_stack_leaves_all_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()
    with pytest.raises(
        UserError, match=r"(?s)no credentials\nno stack was deleted, .* is on again: AWS::Events::Rule lake-arrived, "
    ) as told:
        destroyed(account, monkeypatch, failing)
    assert "AWS::Lambda::Function lake-intake; runs that were ended stay ended" in str(told.value)
    assert account.states == ON


def test_a_destroy_that_is_interrupted_leaves_all_switched_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    account = Account()
    with pytest.raises(KeyboardInterrupt):
        destroyed(account, monkeypatch, interrupted)
    assert account.states == ON
    assert "what had been switched off is on again" in capsys.readouterr().err


def test_an_interruption_while_something_is_switched_off_leaves_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()
    account.refuses["disable_source"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        destroyed(account, monkeypatch, failing)
    assert account.states == ON
    assert account.asked[-1] == "enable_source"  # nobody knows whether the call came through


def test_a_call_that_is_denied_leaves_all_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()
    account.refuses["disable_source"] = [refusal("AccessDeniedException")]
    with pytest.raises(UserError, match=r"(?s)AWS refused Update: AccessDeniedException: no\nno stack was deleted"):
        destroyed(account, monkeypatch, failing)
    assert account.states == ON
    assert "enable_source" not in account.asked  # it had never been off


def test_what_does_not_end_leaves_all_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()
    monkeypatch.setattr(writers, "SECONDS_TO_END", 0)
    monkeypatch.setattr(writers, "_running", lambda *_: ["run 1 of job flights"])
    with pytest.raises(UserError, match=r"(?s)still at work after 0 s: run 1 of job flights.*no stack was deleted, .* is on again"):
        destroyed(account, monkeypatch, failing)
    assert account.states == ON


def test_what_was_off_before_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(**OFF)
    with pytest.raises(UserError) as told:
        destroyed(account, monkeypatch, failing)
    assert (account.states, account.asked, str(told.value)) == (OFF, [], "cdk destroy failed: no credentials")


@pytest.mark.parametrize("status", [None, "DELETE_IN_PROGRESS", "DELETE_FAILED"])
def test_where_a_stack_was_deleted_the_error_names_what_stays_off(status: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()

    def one() -> None:
        del account.stacks["lake-catalog"]
        if status:
            account.stacks["lake-catalog"] = status
        failing()

    with pytest.raises(UserError) as told:
        destroyed(account, monkeypatch, one)
    named = ", ".join(f"{one.kind} {one.name}" for one in (ALL if status else (RULE, SCHEDULE)))
    assert f"no credentials\nwhat was to go is deleted in part; these stay switched off, and no deploy switches them on: {named}. " in str(
        told.value
    )
    assert "Run the same ./lake destroy again" in str(told.value)
    assert account.states == OFF


def test_where_a_bucket_was_emptied_nothing_writes_into_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()
    account.stacks = {"lake-storage": "CREATE_COMPLETE", "lake-orchestration": "CREATE_COMPLETE"}
    monkeypatch.setattr(buckets, "empty", lambda *_: 1)
    monkeypatch.setattr(destroy, "delete", lambda lake, names, title: failing() if "lake-storage" in names else None)
    with pytest.raises(UserError, match="deleted in part; these stay switched off"):
        destroyed(account, monkeypatch, failing, BUCKET)
    assert account.states == OFF


def test_an_event_source_that_is_still_being_switched_off_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()
    account.refuses["enable_source"] = [refusal("ResourceInUseException"), refusal("ResourceInUseException")]
    with pytest.raises(UserError, match="is on again"):
        destroyed(account, monkeypatch, failing)
    assert account.states == ON


@pytest.mark.parametrize("refused", [refusal("AccessDeniedException"), KeyboardInterrupt()])
def test_what_cannot_be_switched_on_again_is_named(refused: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()
    account.refuses["enable_source"] = [refused]
    with pytest.raises(UserError, match=r"not all .* these stay switched off, .*: AWS::Lambda::Function lake-intake\. Run"):
        destroyed(account, monkeypatch, failing)
    assert account.states == {**ON, "source": "Disabled"}


def test_where_nobody_knows_what_was_deleted_all_that_is_off_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()

    def expired() -> None:
        monkeypatch.setattr(stacks, "deployed", lambda _: (_ for _ in ()).throw(refusal("ExpiredToken")))
        failing()

    with pytest.raises(
        UserError, match=r"nobody knows whether a stack was deleted; these stay switched off, .*: AWS::Events::Rule lake-arr"
    ):
        destroyed(account, monkeypatch, expired)
    assert account.states == OFF


def test_what_was_deleted_by_hand_needs_no_stopping() -> None:
    account = Account()
    account.refuses["disable_rule"] = [refusal("ResourceNotFoundException")]
    switched = Switched()
    assert writers.stop(account.lake(), [RULE], lambda _: None, switched) == 0
    assert switched.off == []
