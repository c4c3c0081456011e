"""Deployed again, stopped, started: nothing changes."""

import json

from tests.end_to_end.files import airlines
from tests.end_to_end.lake import Lake

COUNT = "select count(*) as airlines from lake_processed.airlines"


def test_what_was_landed_is_there_after_a_stop_and_a_start(lake: Lake) -> None:
    lake.land("airlines", airlines())
    lake.wait()
    lake.run("local", "stop")
    lake.run("local", "start")
    assert lake.query(COUNT) == [{"airlines": 16}]


def test_a_deploy_without_a_change_does_nothing(lake: Lake) -> None:
    assert "nothing had changed" in lake.run("deploy").stderr


def test_the_status_names_every_stack(lake: Lake) -> None:
    told = lake.run("local", "status").stdout
    for stack in ("lake-storage", "lake-catalog", "lake-processing-aviation", "lake-orchestration", "lake-monitoring"):
        assert stack in told


def test_a_product_whose_input_was_never_published_waits(lake: Lake) -> None:
    (run, *_) = [run for run in lake.ledger("daily_punctuality", "run#") if run.get("kind") != "load"]
    assert run["status"] == "waiting"
    assert "flights" in run["cause"]


def test_the_job_sent_the_numbers_of_its_run_under_its_own_role(lake: Lake) -> None:
    listed = lake.client("cloudwatch").list_metrics(Namespace="Lake/Runs")["Metrics"]
    assert {metric["MetricName"] for metric in listed} == {"DpuHours", "QuarantinedPercent", "Slowness", "Warnings"}
    assert [metric["Dimensions"] for metric in listed] == [[{"Name": "Lake", "Value": "lake"}]] * 4


def test_a_drill_of_some_alarms_finds_that_they_begin_tell_and_end(lake: Lake) -> None:
    alarms = [
        "intake-failed",
        "refresh-failed",
        "job-failed",
        "undelivered-events",
        "lease-old",
        "stream-behind",
        "age-planes",
        "age-flights",
    ]
    alarms += ["log-errors-jobs", "log-errors-intake", "freshness-silent", "sweep-silent"]
    done = lake.run("drill", *alarms, "--format", "json")
    rows = {row["alarm"]: row for row in json.loads(done.stdout)}
    assert [*rows] == alarms
    assert [name for name, row in rows.items() if None in (row["begun after s"], row["told by"], row["over after s"])] == []
    assert {name for name, row in rows.items() if row["how"] == "metric put"} == {"stream-behind"}
    assert {rows[name]["told by"] for name in ("refresh-failed", "job-failed", "log-errors-jobs")} == {"fault-refreshes"}
    assert {rows[name]["told by"] for name in ("age-planes", "age-flights", "freshness-silent")} == {"freshness-silent"}
    assert f"{len(alarms)} of {len(alarms)} alarms begun" in done.stderr
    told = [one["about"] for one in json.loads(lake.run("inbox", "--last", "500", "--format", "json").stdout)]
    assert [told.count(f"lake-{name} is ALARM") for name in ("fault-refreshes", "fault-intake")] == [1, 1]


def test_the_inbox_shows_what_the_drill_made_the_topic_say(lake: Lake) -> None:
    told = json.loads(lake.run("inbox", "--last", "200", "--format", "json").stdout)
    assert {"lake-fault-refreshes is ALARM", "lake-fault-refreshes is OK"} <= {message["about"] for message in told}
    assert any("What to do: docs/runbook.md#one-fault-several-alarms" in message["text"] for message in told)


def test_logs_show_what_the_job_wrote_and_retry_runs_it_again(lake: Lake) -> None:
    (before,) = [run["item"] for run in lake.ledger("airlines", "run#")]
    logs = lake.run("logs", "airlines").stdout
    assert before.removeprefix("run#") in logs
    assert '"step": "published"' in logs
    told = lake.run("retry", "airlines").stdout
    assert f"the last one, {before.removeprefix('run#')}, is published" in told
    lake.wait()
    assert len(lake.ledger("airlines", "run#")) == 2


def test_a_drill_of_an_alarm_that_does_not_exist_names_those_that_do(lake: Lake) -> None:
    assert "no alarm gone; there are accounts-open" in lake.run("drill", "gone", fails=True).stderr
