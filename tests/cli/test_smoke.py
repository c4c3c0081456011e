import csv
import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import smoke as verb
from cli.common.errors import UserError
from cli.common.session import Lake
from cli.common.smoke_sample import ROWS, Marked
from cli.common.smoke_steps import STEPS, Smoke, Step, StepError, somebody_is_told, stacks_are_whole, usable
from cli.land import Landed
from config import read


def smoke(environment: str = "local", **clients: Any) -> Smoke:
    lake = Lake(environment, read.settings(environment))
    lake.__dict__.update(clients)
    return Smoke(lake, Marked("smoke1"), timeout=0)


def passing(name: str, done: list[str]) -> Step:
    def check(_: Smoke) -> str:
        done.append(name)
        return "as it should be"

    return Step(name, f"that {name} works", check)


def failing(error: Exception) -> Step:
    def check(_: Smoke) -> str:
        raise error

    return Step("the second", "that it works", check)


def test_there_are_ten_steps_and_each_says_what_it_proves() -> None:
    assert len(STEPS) == 10
    assert all(step.proves and step.title for step in STEPS)


def test_steps_that_pass_are_told_in_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []
    assert not verb.done(smoke(), [passing("the first", done), passing("the second", done)])
    assert capsys.readouterr().out.splitlines() == [
        " 1 pass  the first: as it should be",
        " 2 pass  the second: as it should be",
        "all 2 steps passed",
    ]


@pytest.mark.parametrize(
    ("error", "what", "todo"),
    [
        (StepError("the role is another", "deploy"), "the role is another", "deploy"),
        (UserError("no stack lake-storage"), "no stack lake-storage", "mend that"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "kms:Decrypt"}}, "GetObject"), "AccessDenied: kms:Decrypt", "mend that"),
    ],
    ids=["a-step-that-found-something", "a-verb-s-error", "a-refusal-of-aws"],
)
def test_the_first_step_that_fails_is_the_last_and_says_why_and_what_to_do(
    error: Exception, what: str, todo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    assert verb.done(smoke(), [passing("the first", done), failing(error), passing("the third", done)])
    assert done == ["the first"]
    _, failed, why, advice, left = capsys.readouterr().out.splitlines()
    assert failed.startswith(" 2 FAIL  the second: ")
    assert what in failed
    assert why == "   what it is for: that it works"
    assert todo in advice
    assert left == "   not done: steps 3 to 3"


def test_a_defect_of_a_step_is_not_taken_for_a_finding() -> None:
    with pytest.raises(ZeroDivisionError):
        verb.done(smoke(), [failing(ZeroDivisionError())])


@pytest.mark.parametrize(
    ("environment", "yes", "told"),
    [
        ("prod", None, r"prod is protected .* nothing was landed.* --env prod --yes prod"),
        ("prod", "dev", "got 'dev', the environment is 'prod'"),
        ("local", "prod", "got 'prod', the environment is 'local'"),
    ],
)
def test_a_protected_environment_is_refused_unless_it_is_named(environment: str, yes: str | None, told: str) -> None:
    with pytest.raises(UserError, match=told):
        verb.check_meant(smoke(environment).lake, yes)


def test_an_unprotected_environment_is_not_asked_about_and_a_protected_one_that_is_named_is_taken() -> None:
    verb.check_meant(smoke("local").lake, None)
    verb.check_meant(smoke("prod").lake, "prod")


def test_an_environment_without_the_dataset_that_is_landed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.common.smoke_steps.contracts", lambda _: {"orders": None})
    with pytest.raises(UserError, match="the smoke lands flights, which local does not deploy"):
        usable(smoke().lake)


def test_what_was_landed_is_deleted_by_version_and_what_stays_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deleted: list[dict[str, str]] = []
    tested = smoke(s3=SimpleNamespace(delete_object=lambda **request: deleted.append(request)))
    monkeypatch.setattr("cli.smoke.outputs.value", lambda *_: "raw")
    tested.landed.append(Landed("flights/files/a.csv", 1, "v1"))
    verb.clean(tested)
    assert deleted == [{"Bucket": "raw", "Key": "flights/files/a.csv", "VersionId": "v1"}]
    assert "what stays: at most 5 rows of carrier ZZ in 1970 in lake_processed.flights" in capsys.readouterr().err


def test_nothing_is_asked_where_nothing_was_landed(capsys: pytest.CaptureFixture[str]) -> None:
    verb.clean(smoke())
    assert capsys.readouterr().err == ""


def rows(file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.decode())))


def test_every_row_of_the_sample_is_marked_and_of_a_key_of_its_own() -> None:
    good = rows(Marked("smoke1").good())
    assert len(good) == ROWS
    assert {(row["carrier"], row["year"], row["tailnum"]) for row in good} == {("ZZ", "1970", "smoke1")}
    assert len({(row["time_hour"], row["flight"]) for row in good}) == ROWS


def test_a_later_smoke_has_the_keys_of_the_one_before_so_that_rows_do_not_grow() -> None:
    keys = [[(row["time_hour"], row["carrier"], row["flight"]) for row in rows(Marked(mark).good())] for mark in ("smoke1", "smoke2")]
    assert keys[0] == keys[1]


def test_the_broken_row_is_broken_in_one_field() -> None:
    (broken,), (good, *_) = rows(Marked("smoke1").broken()), rows(Marked("smoke1").good())
    assert {name for name in good if good[name] != broken[name]} == {"dep_delay"}


def pages(**found: Any) -> Any:
    return SimpleNamespace(get_paginator=lambda operation: SimpleNamespace(paginate=lambda **_: [found[operation]]))


def test_a_stack_that_is_not_whole_or_not_there_fails_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.common.smoke_steps.contracts", lambda _: {"flights": SimpleNamespace(domain="aviation")})
    stacks = [{"StackName": f"lake-{part}", "StackStatus": "CREATE_COMPLETE"} for part in ("storage", "catalog", "orchestration")]
    stacks.append({"StackName": "lake-monitoring", "StackStatus": "ROLLBACK_COMPLETE"})
    with pytest.raises(StepError, match="lake-monitoring is ROLLBACK_COMPLETE; lake-processing-aviation is not deployed"):
        stacks_are_whole(smoke(cloudformation=pages(describe_stacks={"Stacks": stacks})))


def watched(
    *, alarm: Callable[[dict[str, Any]], dict[str, Any]] = lambda one: one, waiting: int = 0, subscription: str = "arn:aws:sns:x"
) -> Smoke:
    found = alarm({"AlarmName": "lake-old", "AlarmActions": ["arn:aws:sns:x"], "StateValue": "OK"})
    counted = {"Attributes": {"ApproximateNumberOfMessages": str(waiting)}}
    return smoke(
        cloudwatch=pages(describe_alarms={"MetricAlarms": [found], "CompositeAlarms": []}),
        sqs=SimpleNamespace(get_queue_attributes=lambda **_: counted),
        sns=pages(list_subscriptions_by_topic={"Subscriptions": [{"Endpoint": "ann@acme.example", "SubscriptionArn": subscription}]}),
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (watched(alarm=lambda one: {**one, "AlarmActions": []}), "tell nobody: lake-old"),
        (watched(waiting=2), "2 events were not delivered"),
        (watched(subscription="PendingConfirmation"), "not confirmed: ann@acme.example"),
    ],
    ids=["an-alarm-without-action", "an-undelivered-event", "an-unconfirmed-address"],
)
def test_where_nobody_would_be_told_the_last_step_fails(found: Smoke, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.common.smoke_steps.outputs.value", lambda *_: "there")
    with pytest.raises(StepError, match=told):
        somebody_is_told(found)


def test_an_alarm_that_another_one_tells_of_is_not_mute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.common.smoke_steps.outputs.value", lambda *_: "there")
    over = {"AlarmName": "lake-fault-old", "AlarmActions": ["arn:aws:sns:x"], "AlarmRule": 'ALARM("lake-old")', "StateValue": "OK"}
    smoke = watched(alarm=lambda one: {**one, "AlarmActions": []})
    (page,) = smoke.lake.cloudwatch.get_paginator("describe_alarms").paginate()
    page["CompositeAlarms"].append(over)
    assert somebody_is_told(smoke).startswith("1 alarms, none in alarm")


def test_alarms_that_ring_are_named_and_fail_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.common.smoke_steps.outputs.value", lambda *_: "there")
    found = somebody_is_told(watched(alarm=lambda one: {**one, "StateValue": "ALARM"}))
    assert found == "1 alarms, lake-old in alarm; no event undelivered"
