"""Each alarm of the templates, driven by data to ALARM and back to OK as the local cloud evaluates alarms, by a clock that the test moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from local_cloud.clock import Change, Clock
from local_cloud.cloudwatch.datapoints import Moment
from local_cloud.cloudwatch.evaluation import look
from tests.stacks.synthesis import Assembly
from tests.stacks.test_alarms import alarms, dimensions

BEGIN = 1_700_000_000.0


@dataclass
class Bench:
    """Metrics in memory, and an alarm that looks at them.

    Attributes:
        now: seconds.
    """

    alarm: Mapping[str, Any]
    state: str = "INSUFFICIENT_DATA"
    now: float = BEGIN
    values: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[dict[str, Any]]] = field(default_factory=dict)

    def put(self, value: float, **changed: Any) -> None:
        """Send a value in each period that the alarm looks at; `changed` sends it to another metric."""
        metric = {
            "Namespace": self.alarm["Namespace"],
            "MetricName": self.alarm["MetricName"],
            "dimensions": dimensions(self.alarm),
            **changed,
        }
        place = (metric["Namespace"], metric["MetricName"], tuple(sorted(metric["dimensions"].items())))
        for _ in range(self.alarm["EvaluationPeriods"]):
            self.now += self.alarm["Period"]
            self.values.setdefault(place, []).append({"Timestamp": self.now, "Value": value, "Unit": "None"})
        self.evaluate()

    def wait(self) -> None:
        """Let time pass without data."""
        self.now += self.alarm["Period"] * (self.alarm["EvaluationPeriods"] + 1)
        self.evaluate()

    def evaluate(self) -> None:
        self.state = look(self.alarm, self._read, Moment(self.now)).state or self.state

    def _read(self, namespace: str, metric: str, of: Mapping[str, str]) -> list[dict[str, Any]]:
        return self.values.get((namespace, metric, tuple(sorted(of.items()))), [])


def values(alarm: Mapping[str, Any]) -> tuple[float, float]:
    """Return a value that breaks an alarm's threshold, and one that does not."""
    threshold = alarm["Threshold"]
    return (threshold - 1, threshold + 1) if alarm["ComparisonOperator"].startswith("LessThan") else (threshold + 1, threshold / 2 - 1)


def problems(alarm: Mapping[str, Any]) -> list[str]:
    """Return what an alarm does not do that it has to."""
    found, bench, (bad, good) = [], Bench(alarm), values(alarm)

    def expect(state: str, after: str) -> None:
        if bench.state != state:
            found.append(f"{bench.state} after {after}, not {state}")

    silence = "ALARM" if alarm["TreatMissingData"] == "breaching" else "OK"
    bench.wait()
    expect(silence, "silence")
    bench.put(good)
    expect("OK", "good data")
    bench.put(bad)
    expect("ALARM", "bad data")
    bench.put(good)
    expect("OK", "good data again")
    bench.wait()
    expect(silence, "silence again")
    if silence == "OK":
        bench.put(bad, dimensions={name: f"{value}-other" for name, value in dimensions(alarm).items()} or {"Other": "other"})
        if dimensions(alarm):
            bench.put(bad, dimensions={})
        bench.put(bad, Namespace="Other")
        expect("OK", "bad data of another metric")
    return found


@pytest.mark.parametrize("environment", ["prod", "local", "pulling"])
def test_every_alarm_begins_and_ends_with_its_own_data_and_knows_what_silence_means(
    environment: str, request: pytest.FixtureRequest
) -> None:
    assembly: Assembly = (
        request.getfixturevalue("pulling") if environment == "pulling" else request.getfixturevalue("assemblies")[environment]
    )
    every = alarms(assembly)
    assert len(every) >= 20
    assert {name: wrong for name, alarm in every.items() if (wrong := problems(alarm))} == {}


def test_an_alarm_that_never_begins_is_found(prod: Assembly) -> None:
    alarm = alarms(prod)["lake-refresh-failed"]
    assert problems({**alarm, "DatapointsToAlarm": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}) == []
    assert problems({**alarm, "Statistic": "Minimum", "TreatMissingData": "ignore"})
    assert problems({**alarm, "TreatMissingData": "missing"})


def test_a_clock_that_runs_fast_ends_an_alarm_sooner_and_its_past_stays_past_when_it_is_slow_again(prod: Assembly) -> None:
    alarm = alarms(prod)["lake-refresh-aborted"]
    bench = Bench(alarm)
    bench.put(1)
    fast = Clock(changes=[Change(at=bench.now, speed=300)])
    assert look(alarm, bench._read, Moment(bench.now + 0.5, fast)).state == "ALARM"
    assert look(alarm, bench._read, Moment(bench.now + 1.5, fast)).state == "OK"
    slow = Clock(changes=[*fast.changes, Change(at=bench.now + 2, speed=1)])
    assert look(alarm, bench._read, Moment(bench.now + 3, slow)).state == "OK"


def test_a_clock_can_be_put_forward(prod: Assembly) -> None:
    alarm = alarms(prod)["lake-job-cost"]
    bench = Bench(alarm)
    bench.put(1000)
    ahead = Clock(changes=[Change(at=bench.now + 1, speed=1, ahead=86_400)])
    assert look(alarm, bench._read, Moment(bench.now + 0.5, ahead)).state == "ALARM"
    assert look(alarm, bench._read, Moment(bench.now + 1.5, ahead)).state == "OK"


def test_what_came_since_the_last_look_is_never_passed_over(prod: Assembly) -> None:
    alarm = alarms(prod)["lake-refresh-failed"]
    bench = Bench(alarm)
    bench.put(1)
    late = bench.now + 3 * alarm["Period"]
    assert look(alarm, bench._read, Moment(late)).state == "OK"
    assert look(alarm, bench._read, Moment(late, since=bench.now - 1)).state == "ALARM"
