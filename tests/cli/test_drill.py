"""What a drill chooses and how it judges; drills of a lake that runs are in tests/end_to_end/test_drill.py."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from cli import drill
from cli.common.drill.alarms import Alarm
from cli.common.drill.causes import Cause
from cli.common.drill.clock import change, running_at
from cli.common.drill.exercise import Exercise
from cli.common.errors import UserError
from cli.common.inbox import messages
from cli.drill import conclude

SHAPE: dict[str, Any] = {"AlarmName": "lake-x", "Namespace": "N", "MetricName": "M", "Dimensions": [], "Threshold": 2.0}
CAUSE = Cause("it breaks", True, lambda: None)


def alarm(**changed: Any) -> Alarm:
    return Alarm("x", {**SHAPE, "ComparisonOperator": "GreaterThanOrEqualToThreshold", **changed}, ["lake-x"])


@pytest.mark.parametrize(
    ("comparison", "bad"),
    [
        ("GreaterThanOrEqualToThreshold", lambda value: value >= 2),
        ("GreaterThanThreshold", lambda value: value > 2),
        ("LessThanThreshold", lambda value: value < 2),
        ("LessThanOrEqualToThreshold", lambda value: value <= 2),
    ],
)
def test_values_break_a_threshold_or_do_not(comparison: str, bad: Any) -> None:
    found = alarm(ComparisonOperator=comparison)
    assert bad(found.value(bad=True))
    assert not bad(found.value(bad=False))


@pytest.mark.parametrize(
    ("fired", "told", "over", "said"),
    [(None, None, None, "silent: x"), (1.0, None, 1.0, "silent: x"), (1.0, "lake-x", None, "not over: x")],
)
def test_an_alarm_that_stays_silent_tells_nobody_or_does_not_end_fails_the_drill(
    fired: float | None, told: str | None, over: float | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as end:
        conclude([Exercise(alarm(), CAUSE, fired, told, over)])
    assert end.value.exit_code == 1
    assert said in capsys.readouterr().err


def test_an_alarm_that_was_on_before_and_so_was_not_drilled_fails_the_drill(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        conclude([Exercise(alarm(), CAUSE, note="was on before the drill")])
    assert "on before the drill, and so not drilled: x" in capsys.readouterr().err


def test_a_drill_in_which_all_did_what_they_are_for_says_how_many_told(capsys: pytest.CaptureFixture[str]) -> None:
    conclude([Exercise(alarm(), CAUSE, 1.0, "lake-fault-y", 2.0), Exercise(alarm(), CAUSE, 1.0, "lake-fault-y", 2.0)])
    assert "2 of 2 alarms begun, told of by 1, and over" in capsys.readouterr().err


def test_the_clock_runs_fast_and_then_as_before_and_remembers_how_it_ran(tmp_path: Path) -> None:
    with running_at(tmp_path, 900):
        assert speeds(tmp_path) == [900]
    assert speeds(tmp_path) == [900, 1]
    for _ in range(50):
        change(tmp_path, 2)
    assert len(speeds(tmp_path)) <= 21


def speeds(home: Path) -> list[float]:
    return [change["speed"] for change in json.loads((home / "clock.json").read_text())["changes"]]


def test_the_inbox_is_empty_where_nobody_was_told_and_reads_alarms_and_other_messages(tmp_path: Path) -> None:
    assert [*messages(tmp_path)] == []
    told = {"AlarmName": "lake-x", "NewStateValue": "ALARM", "AlarmDescription": "Look now.", "NewStateReason": "much"}
    entries = [
        {"topic": "arn:aws:sns:r:1:people", "subject": "s", "at": "t", "message": text} for text in (json.dumps(told), "plain", "[1]")
    ]
    (tmp_path / "inbox.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries) + '{"half', encoding="utf-8")
    first, *others = messages(tmp_path)
    assert (first.about, first.alarm, first.state, first.topic) == ("lake-x is ALARM", "lake-x", "ALARM", "people")
    assert "Look now. (much)" in first.text
    assert [(one.about, one.text, one.alarm) for one in others] == [("s", "plain", None), ("s", "[1]", None)]


def test_a_drill_of_a_lake_on_aws_is_refused() -> None:
    with pytest.raises(UserError, match="is on AWS"):
        drill.run(only=None, env="dev")
