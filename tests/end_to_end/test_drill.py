"""The whole fire drill of a lake, and the commands of the runbook that look."""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.end_to_end.files import airlines
from tests.end_to_end.lake import ROOT, Lake
from tests.house.test_runbook import commands

pytestmark = pytest.mark.matrix

LOOK = ("alarms", "errors", "inbox", "logs", "maintain", "runs", "status", "undelivered", "wait")
PAGE = ROOT / "docs" / "drill.md"
INTRODUCTION = """\
# The fire drill

Every alarm of a lake with files, a stream and a warehouse, begun by a failure and over again: what `./lake drill` printed on {date}, on a machine with {processors} processors, as
`./lake test --all --update tests/end_to_end/test_drill.py` wrote it down. The clock of alarms and schedules ran 900 times as fast as the wall clock meanwhile: an hour of an alarm is four
seconds. Where the failure itself is expensive or harms something, what a service would measure of it is `metric put`; the others are `caused`.
All are begun one after the other and looked at together once the last one is, so the first in the table have waited for the others.

{summary}

| failure | alarm | how | begun after s | told by | over after s |
|---|---|---|---:|---|---:|
"""


def test_no_alarm_of_the_lake_stays_silent(lake: Lake, request: pytest.FixtureRequest) -> None:
    done = lake.run("drill", "--format", "json")
    if request.config.getoption("update_snapshots"):
        PAGE.write_text(page(done.stdout, done.stderr), encoding="utf-8")
    rows = json.loads(done.stdout)
    alarms = (
        lake.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix="lake-").build_full_result()["MetricAlarms"]
    )
    assert len(rows) == len(alarms) >= 40
    assert [row["alarm"] for row in rows if None in (row["begun after s"], row["told by"], row["over after s"])] == []
    assert sum(row["how"] == "caused" for row in rows) > len(rows) / 3


def page(told: str, said: str) -> str:
    summary = next(line for line in said.splitlines() if "alarms begun" in line)
    begin = INTRODUCTION.format(date=f"{datetime.now(UTC):%Y-%m-%d}", processors=os.cpu_count(), summary=f"{summary}.")
    return begin + "".join(f"| {' | '.join('' if value is None else str(value) for value in row.values())} |\n" for row in json.loads(told))


def test_after_the_drill_every_alarm_is_over_and_the_lake_works(lake: Lake) -> None:
    lake.land("airlines", airlines())
    lake.wait()
    assert lake.query("select count(*) as airlines from lake_processed.airlines") == [{"airlines": 16}]


def test_what_the_runbook_says_to_type_in_order_to_look_works(deployed: tuple[Lake, Path], lake: Lake) -> None:
    lake.restore(deployed[1])  # a drill leaves tables that were never published, which `maintain` tells
    lake.land("airlines", airlines())
    lake.wait()
    typed = [command for command in commands() if command[0] in LOOK]
    assert {command[0] for command in typed} == set(LOOK)
    for verb, *arguments in typed:
        given = ["airlines" if word == "flights" else word for word in arguments if word not in ("--env", "local")]
        if any("pull" in word for word in given):
            continue  # of a lake that pulls, which this one does not; tests/stacks/test_alarms.py looks at the names
        if verb == "alarms":  # one that is on, as the silence of a stream that nothing came to, is no mistake of the command
            assert "alarms on" in ask(lake, verb, *given).stderr
        else:
            lake.run(verb, *given)


def ask(lake: Lake, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb whose exit code is its answer."""
    command = [str(ROOT / "lake"), *words, "--env", str(lake.environment)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)
