"""The whole fire drill of a lake, and the commands of the runbook that look."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.files import airlines
from tests.end_to_end.lake import Lake
from tests.house.test_runbook import commands

pytestmark = pytest.mark.matrix

LOOK = ("errors", "inbox", "logs", "maintain", "runs", "wait")


def test_no_alarm_of_the_lake_stays_silent(lake: Lake) -> None:
    done = lake.run("drill", "--format", "json")
    rows = json.loads(done.stdout)
    alarms = (
        lake.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix="lake-").build_full_result()["MetricAlarms"]
    )
    assert len(rows) == len(alarms) >= 40
    assert [row["alarm"] for row in rows if None in (row["begun after s"], row["told by"], row["over after s"])] == []
    assert sum(row["how"] == "caused" for row in rows) > len(rows) / 3


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
        lake.run(verb, *("airlines" if word == "flights" else word for word in arguments if word not in ("--env", "local")))
