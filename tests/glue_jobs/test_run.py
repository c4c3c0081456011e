import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from glue_jobs.common.errors import AuditFailedError
from glue_jobs.common.run import recorded_failure
from glue_jobs.common.steps import Steps
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import READINGS


@pytest.fixture
def lake(spark: SparkSession, buckets: Path) -> Lake:
    return Lake(spark, buckets, READINGS)


def test_a_failure_that_the_job_understands_is_recorded_and_ends_in_one_line(lake: Lake) -> None:
    with pytest.raises(SystemExit, match=r"AuditFailedError: rule x is broken"), recorded_failure(lake.run()):
        raise AuditFailedError("rule x is broken")
    assert (lake.item("run#readings-1")["status"], lake.item("run#readings-1")["cause"]) == ("failed", "rule x is broken")


@pytest.mark.parametrize(("text", "cause"), [("first\nsecond", "ValueError: first"), ("", "ValueError: ")])
def test_any_other_failure_is_recorded_and_raised_as_it_is(lake: Lake, text: str, cause: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"), recorded_failure(lake.run()):
        raise ValueError(text)
    assert lake.item("run#readings-1")["cause"] == cause


def test_a_runs_branch_has_no_sign_that_needs_quoting(lake: Lake) -> None:
    assert lake.run().branch == "run_readings_1"


def test_each_step_is_one_line_of_json_as_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    Steps("readings-1").step("found", objects=3)
    told = json.loads(capsys.readouterr().out)
    assert told.pop("seconds") >= 0
    assert told == {"event": "step", "step": "found", "run": "readings-1", "objects": 3}
