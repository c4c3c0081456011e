"""A job that dies anywhere, and the next run, leave what a run leaves that did not die.

docs/crashes.md tells what was tried: `./lake test --all --update tests/glue_jobs/test_crashes.py` writes it.
"""

import os
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.glue_jobs.crashes import MAIN_STEPS, POINTS, Rounds, after, clean, rounds
from tests.glue_jobs.process import Point, at, stopped_at

PAGE = Path(__file__).parents[2] / "docs" / "crashes.md"
SEED = int(os.environ.get("LAKE_SEED", time.time_ns() % 1_000_000))
RANDOM_STOPS = 20
MISSED = {"prepared", "pending", "accounts"}
"""What differs where a run that died after its publication is not completed: the next one gives way to it."""
REPRESENTATIVES = {  # each of the steps that have a name, in one of the jobs
    "upsert": ("branch write", "publish", "record"),
    "append": ("quarantine", "prepare accounts", "record of the first object"),
    "snapshot": ("conform", "audit", "announce"),
    "product": ("build", "publish", "commit"),
    "redrive": ("quarantine", "publish", "rows taken away"),
}


@pytest.mark.parametrize(
    ("job", "steps"),
    [pytest.param(*each, marks=[] if each[0] in ("append", "product") else pytest.mark.matrix) for each in REPRESENTATIVES.items()],
)
def test_a_run_after_one_that_died_leaves_what_one_leaves_that_did_not(
    spark: SparkSession, buckets: Path, job: str, steps: Sequence[str]
) -> None:
    made = rounds(spark, buckets, job, f"dies_{job}")
    wanted = clean(made)
    assert {step: after(made, point(job, step)) for step in steps} == dict.fromkeys(steps, wanted)


@pytest.mark.matrix
@pytest.mark.parametrize("job", POINTS)
def test_a_run_after_one_that_died_at_any_step_leaves_what_one_leaves_that_did_not(
    spark: SparkSession, buckets: Path, job: str, request: pytest.FixtureRequest
) -> None:
    made = rounds(spark, buckets, job, f"dies_anywhere_{job}")
    wanted = clean(made)
    differs = {each.name: [part for part, left in after(made, each).items() if left != wanted[part]] for each in POINTS[job]}
    told = section(job, differs)
    page = PAGE.read_text(encoding="utf-8")
    if request.config.getoption("update_snapshots"):
        page = re.sub(rf"(?s)## {job}\n.*?(?=\n## |\Z)", lambda _: told, page)
        PAGE.write_text(page, encoding="utf-8")
    assert told in page, f"{PAGE.name} is not what was found: run this test with --update"
    assert {name: parts for name, parts in differs.items() if parts} == {}


@pytest.mark.matrix
def test_runs_that_die_at_random_again_and_again_leave_what_one_leaves_that_did_not(
    spark: SparkSession, buckets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\nLAKE_SEED={SEED}")
    chance, made = random.Random(SEED), {job: rounds(spark, buckets, job, f"random_{job}") for job in POINTS}
    wanted = {job: clean(made[job]) for job in POINTS}
    stops = 0
    while stops < RANDOM_STOPS:
        job = chance.choice(list(POINTS))
        # what has been published is not published again: later runs die before they come to that
        dead = [*sorted(chance.choices(range(5), k=chance.randint(0, 2))), chance.randrange(5, len(POINTS[job]))]
        assert after(made[job], *(POINTS[job][place] for place in dead)) == wanted[job], (job, dead)
        stops += len(dead)


def test_every_step_that_has_a_name_is_one_at_which_each_job_dies() -> None:
    raw = {"read", "conform", "quarantine"}
    for job, points in POINTS.items():
        names = [each.name for each in points]
        assert set(MAIN_STEPS) - (raw if job == "product" else set()) <= set(names)
        assert len(names) == len(set(names))


def test_a_row_that_one_run_loses_is_a_difference(spark: SparkSession, buckets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = rounds(spark, buckets, "upsert", "loses")
    wanted = clean(made)
    monkeypatch.setattr("glue_jobs.raw_to_processed.complete_earlier_runs", lambda *_: None)
    made.begin()
    stopped_at(made.lake, point("upsert", "publish"))
    ended(made)
    left = made.left()
    assert {part for part, found in left.items() if found != wanted[part]} >= MISSED


@pytest.mark.parametrize("job", [pytest.param(job, marks=[] if job == "append" else pytest.mark.matrix) for job in POINTS])
def test_two_runs_at_once_leave_what_one_leaves_wherever_the_other_comes_in(spark: SparkSession, buckets: Path, job: str) -> None:
    made = rounds(spark, buckets, job, f"twice_{job}")
    wanted = clean(made)
    steps = ("read", "quarantine", "prepare accounts") if job == "append" else tuple(each.name for each in POINTS[job])
    left = {step: overtaken_at(made, point(job, step)) for step in steps}
    assert {step: {part: found for part, found in each.items() if found != wanted[part]} for step, each in left.items()} == {
        step: {} for step in steps
    }


def overtaken_at(made: Rounds, where: Point) -> dict[str, object]:
    """Return what is left where another run comes and goes while the first is at some point; one of them may fail, and a third follows."""
    made.begin()
    with at(where, lambda: ended(made)) as reached:
        ended(made)
    assert reached == [where.name]
    made.lake.spark.catalog.clearCache()
    made.lake.execute()
    return made.left()


def ended(made: Rounds) -> None:
    """Run the job to its end, whatever that is."""
    try:
        made.lake.execute()
    except (SystemExit, Exception) as error:  # noqa: BLE001  # whatever a run says that is not alone
        made.lake.steps.append({"step": "failed", "error": f"{type(error).__name__}: {error}"})


def point(job: str, name: str) -> Point:
    (found,) = [each for each in POINTS[job] if each.name == name]
    return found


def section(job: str, differs: dict[str, list[str]]) -> str:
    """Return the part of the page about one job."""
    lines = [f"| {'**' + step + '**' if step in MAIN_STEPS else step} | {', '.join(parts) or 'none'} |" for step, parts in differs.items()]
    return "\n".join([f"## {job}", "", "| died right after | differences |", "|---|---|", *lines, ""])
