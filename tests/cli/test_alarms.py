"""What `./lake alarms` shows and how it ends, and what `./lake undelivered` does with messages; on answers of services that are given."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
import typer

from cli import alarms as verb
from cli import retry, undelivered
from cli.common.drill.alarms import Alarm, alarms, composites
from cli.common.errors import UserError
from cli.common.options import Format
from cli.common.session import Lake
from config.settings import Settings
from config.warehouse import WarehouseSettings

STATES = "arn:aws:states:eu-west-1:111111111111:stateMachine:lake-intake"
SETTINGS = Settings(account="111111111111", region="eu-west-1", notify=("a@example.com",))


def metric_alarm(name: str, state: str, *, acting: bool) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "StateValue": state,
        "StateReason": "much",
        "StateUpdatedTimestamp": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "AlarmDescription": "Look now: x. What to do: docs/runbook.md#x",
        "Namespace": "N",
        "MetricName": "M",
        "Statistic": "Sum",
        "Period": 300,
        "AlarmActions": ["topic"] if acting else [],
    }


class CloudWatch:
    """A lake with a fault of two alarms that a third one keeps quiet."""

    def get_paginator(self, _: str) -> "CloudWatch":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        late = {
            "AlarmName": "lake-fault-late",
            "AlarmRule": 'ALARM("lake-age-a") OR ALARM("lake-age-b")',
            "AlarmActions": ["topic"],
            "ActionsSuppressor": "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:lake-silent",
        }
        ages = [metric_alarm(f"lake-age-{name}", "ALARM", acting=False) for name in "ab"]
        return [{"MetricAlarms": [*ages, metric_alarm("lake-silent", "OK", acting=True)], "CompositeAlarms": [late]}]

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        return {"Datapoints": [{"Timestamp": datetime(2026, 1, 2, hour, tzinfo=UTC), "Sum": float(hour)} for hour in (4, 3)]}


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Lake:
    found = cast("Lake", SimpleNamespace(settings=SETTINGS, environment="dev", cloudwatch=CloudWatch()))
    monkeypatch.setattr(verb, "connect", lambda _: found)
    return found


def test_an_alarm_is_told_of_by_the_one_over_it_or_by_the_one_that_keeps_that_quiet(lake: Lake) -> None:
    found = {alarm.name: alarm for alarm in alarms(lake)}
    assert found["age-a"].tellers == ["lake-fault-late", "lake-silent"]
    assert found["silent"].tellers == ["lake-silent"]
    assert composites(lake) == {"fault-late": ["age-a", "age-b"]}


def test_alarms_that_are_on_are_shown_and_make_it_end_with_1(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as end:
        verb.run(None, format=Format.CSV)
    said = capsys.readouterr()
    assert end.value.exit_code == 1
    assert "age-a,ALARM,2026-01-02 03:04:05,fault-late,docs/runbook.md#x,much" in said.out
    assert "silent," not in said.out
    assert "2 of 3 alarms on" in said.err


def test_an_alarm_that_is_not_on_ends_with_0_and_shows_the_values_of_its_metric_the_oldest_first(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    verb.run(["silent"])
    said = capsys.readouterr()
    assert "0 of 1 alarms on" in said.err
    assert said.out.index("2026-01-02 03:00:00") < said.out.index("2026-01-02 04:00:00")


def test_a_fault_stands_for_its_alarms_and_a_name_of_none_is_refused_with_all_there_are(lake: Lake) -> None:
    assert [alarm.name for alarm in verb.choose(alarms(lake), ["fault-late"], lake)] == ["age-a", "age-b"]
    with pytest.raises(UserError, match="no alarm age-c; there are age-a, age-b, fault-late, silent"):
        verb.choose(alarms(lake), ["age-c"], lake)
    with pytest.raises(UserError, match="has no alarms"):
        verb.choose(cast("list[Alarm]", []), [], lake)


class Queues:
    """Two messages in one queue, of which one says where it was to go."""

    def __init__(self) -> None:
        self.left = [
            {"ReceiptHandle": "1", "Body": "{}", "MessageAttributes": {"TARGET_ARN": {"StringValue": STATES}}},
            {"ReceiptHandle": "2", "Body": "by hand"},
        ]
        self.deleted: list[str] = []
        self.released: list[str] = []
        self.exceptions = SimpleNamespace(QueueDoesNotExist=KeyError)

    def get_queue_url(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803  # boto3's name
        return {"QueueUrl": {"lake-undelivered": "url"}[QueueName]}

    def receive_message(self, **_: Any) -> dict[str, Any]:
        given, self.left = self.left, []
        return {"Messages": given}

    def delete_message(self, **given: str) -> None:
        self.deleted.append(given["ReceiptHandle"])

    def change_message_visibility(self, **given: Any) -> None:
        self.released.append(given["ReceiptHandle"])


@pytest.mark.parametrize("deliver", [True, False])
def test_what_was_not_delivered_is_sent_where_it_was_to_go_and_the_rest_stays(
    deliver: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    queues, started = Queues(), []
    machines = SimpleNamespace(start_execution=lambda **given: started.append(given))
    lake = cast("Lake", SimpleNamespace(settings=SETTINGS, sqs=queues, stepfunctions=machines))
    monkeypatch.setattr(undelivered, "connect", lambda _: lake)
    if deliver:
        with pytest.raises(UserError, match="do not say what their target is"):
            undelivered.run(deliver=True, format=Format.CSV)
        assert started == [{"stateMachineArn": STATES, "input": "{}"}]
        assert (queues.deleted, queues.released) == (["1"], ["2"])
    else:
        undelivered.run(format=Format.CSV)
        assert (started, queues.deleted, queues.released) == ([], [], ["1", "2"])
    assert "undelivered,,lake-intake,,{}" in capsys.readouterr().out


def test_a_load_of_a_dataset_without_a_copy_in_the_warehouse_is_refused_with_those_that_have_one() -> None:
    lake = Lake("prod", SETTINGS)
    with pytest.raises(UserError, match=r"no copy of airlines, so there is nothing to load; it has .*daily_punctuality"):
        retry.check_copy(lake, "airlines")
    retry.check_copy(lake, "daily_punctuality")
    without = Settings(account="111111111111", region="eu-west-1", notify=("a@example.com",), warehouse=WarehouseSettings(enabled=False))
    with pytest.raises(UserError, match="has no warehouse"):
        retry.check_copy(Lake("prod", without), "daily_punctuality")
