"""Each benchmark runs, at a size that says nothing about speed: what it prints is a table, and its two sides come to the same rows."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.local_cloud.running import free_port

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.matrix


def printed(name: str, *arguments: str) -> str:
    """Run a benchmark as its page says, in a process of its own, since it starts Spark with settings of its own."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    assert "| what | measured | at most |" in done.stdout
    return done.stdout


def test_the_job_and_the_script_by_hand_come_to_as_many_rows() -> None:
    told = printed("raw_to_processed", "--events", "16000", "--rounds", "1")
    (rows,) = [line for line in told.splitlines() if line.startswith("rows of the job and by hand")]
    first, second = rows.partition("(")[2].strip(")").split(", ")
    assert first == second
    assert 15_000 < int(first) < 16_000


def test_the_same_rows_are_merged_into_a_day_and_into_many() -> None:
    assert "many days / one day" in printed("merge", "--days", "3", "--per-day", "2000", "--rows", "500", "--rounds", "1")


def test_a_few_datasets_are_synthesised_and_counted() -> None:
    assert "most resources in a stack" in printed("many_datasets", "--count", "10", "--no-deploy")


@pytest.mark.end_to_end
def test_a_run_with_nothing_new_is_timed() -> None:
    assert "nothing new" in printed("nothing_new", "--rounds", "1", "--port", str(free_port()))
