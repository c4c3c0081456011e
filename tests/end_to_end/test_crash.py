"""A job process that is killed at any time, and tables that are as if it had not been."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.end_to_end.files import airlines, first_rows, months
from tests.end_to_end.lake import Lake, closes, eventually

KILLS = 10
ROWS = 400
SEED = int(os.environ.get("LAKE_SEED", time.time_ns() % 1_000_000))
ANSWER = "select count(*) as flights, sum(_record_hash % 1000003) as hash from lake_processed.flights"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    return [first_rows(month, folder, ROWS) for month in months()[:3]]


def running_jobs(lake: Lake) -> list[int]:
    return [int(path.read_text()) for path in (lake.home / "jobs").glob("*.pid")]


def killed(lake: Lake, after: float) -> None:
    """Kill the running job some seconds after it started."""
    eventually(lambda: bool(running_jobs(lake)), "a running job")
    time.sleep(after)  # the time of the kill is what is random
    for process in running_jobs(lake):
        os.killpg(os.getpgid(process), signal.SIGKILL)


def test_a_job_killed_at_ten_random_times_leaves_the_tables_and_accounts_of_a_run_that_was_not(
    lake: Lake, deployed: tuple[Lake, Path], files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    lake.land("flights", *files)
    lake.wait()
    wanted = lake.query(ANSWER)
    assert wanted[0]["flights"] == ROWS * len(files)

    lake.restore(deployed[1])
    chance = random.Random(SEED)
    with capsys.disabled():
        print(f"\nLAKE_SEED={SEED}")
    lake.land("flights", *files)
    for _ in range(KILLS):
        if not running_jobs(lake):
            lake.request("flights")
        killed(lake, after=chance.uniform(0.5, 14))
    lake.request("flights")
    lake.run("wait", "--timeout", "200")
    assert lake.query(ANSWER) == wanted
    objects = lake.ledger("flights", "object#")
    assert len(objects) == len(files)
    assert closes(objects)
    assert sum(item["inserted"] for item in objects) == wanted[0]["flights"]


def test_airlines_are_there_after_a_kill_without_anybody_asking(lake: Lake) -> None:
    lake.land("airlines", airlines())
    killed(lake, after=4)
    lake.wait()
    assert lake.query("select count(*) as airlines from lake_processed.airlines") == [{"airlines": 16}]
