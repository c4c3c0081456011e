"""A job process that is killed at any time, and tables that are as if it had not been."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.files import airlines, first_rows, months
from tests.end_to_end.lake import Lake, Rows, closes, eventually
from tests.end_to_end.test_append import announcements

KILLS = 20
MOST_TRIES = 80  # a job may end before the time of its kill
ROWS = 400
SEED = int(os.environ.get("LAKE_SEED", time.time_ns() % 1_000_000))
JOBS = ("flights", "airlines", "announcements", "daily_punctuality")  # each load mode, and a product
HASHED = "select count(*) as records, sum(_record_hash % 1000003) as hash from lake_processed"
ANSWERS = (
    *(f"{HASHED}.{dataset}" for dataset in JOBS[:3]),
    "select count(*) as records, count(distinct _record) as different from lake_processed.announcements_quarantine",
    "select count(*) as records, sum(flights) as flights, sum(delayed_15) as delayed from lake_consumer.daily_punctuality",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    return [first_rows(month, folder, ROWS) for month in months()[:3]]


def running_jobs(lake: Lake) -> list[int]:
    return [int(path.read_text()) for path in (lake.home / "jobs").glob("*.pid")]


def killed(lake: Lake, after: float, once: str | None = None) -> int:
    """Kill the job some seconds after it started, or once it has told of a step; return how many processes were hit.

    A job that ended by itself before its time is none of them.
    """
    eventually(lambda: bool(running_jobs(lake)), "a running job")
    started = running_jobs(lake)
    until = time.monotonic() + after  # the time of the kill is what is random
    while time.monotonic() < until and any(map(alive, started)) and not (once and has_told(lake, once)):
        time.sleep(0.02)
    hit = sum(map(killed_now, started))
    eventually(lambda: not set(started) & set(running_jobs(lake)), "the end of the job")
    return hit


def has_told(lake: Lake, step: str) -> bool:
    """Whether a job that runs has told that a step is done."""
    logs = [path.with_suffix(".log") for path in (lake.home / "jobs").glob("*.pid")]
    return any(f'"step": "{step}"' in log.read_text(encoding="utf-8", errors="replace") for log in logs if log.exists())


def alive(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def killed_now(process: int) -> bool:
    """Kill a process and all of its group; return whether it was still running."""
    if not alive(process):
        return False
    try:
        os.killpg(os.getpgid(process), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.matrix
def test_jobs_killed_at_twenty_random_times_leave_the_tables_and_accounts_of_runs_that_were_not(
    lake: Lake, deployed: tuple[Lake, Path], files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = answers_after(lake, files, tmp_path, lake.wait)
    assert wanted[0][0]["records"] == ROWS * len(files)
    lake.restore(deployed[1])
    chance = random.Random(SEED)
    with capsys.disabled():
        print(f"\nLAKE_SEED={SEED}")

    def kill_and_wait() -> None:
        hits = 0
        for _ in range(MOST_TRIES):
            if hits >= KILLS:
                break
            if not running_jobs(lake):
                lake.request(chance.choice(JOBS))
            hits += killed(lake, after=chance.uniform(0.5, 14))
        assert hits >= KILLS
        for dataset in JOBS:
            lake.request(dataset)
        lake.run("wait", "--timeout", "300")

    assert answers_after(lake, files, tmp_path, kill_and_wait) == wanted
    objects = [item for dataset in JOBS[:3] for item in lake.ledger(dataset, "object#")]
    assert len(objects) == len(files) + 2
    assert closes(objects)


def answers_after(lake: Lake, files: list[Path], folder: Path, ended: Callable[[], object]) -> list[Rows]:
    """Land the same files, and return what the tables hold once all has ended."""
    lake.land("flights", *files)
    lake.land("airlines", airlines())
    lake.land("announcements", announcements(folder, "morning.json"))
    ended()
    return [lake.query(answer) for answer in ANSWERS]


def test_airlines_are_there_after_two_kills_without_anybody_asking(lake: Lake) -> None:
    lake.land("airlines", airlines())
    assert killed(lake, after=4)
    assert killed(lake, after=60, once="prepared")
    lake.wait()
    assert lake.query("select count(*) as airlines from lake_processed.airlines") == [{"airlines": 16}]
    (item,) = lake.ledger("airlines", "object#")
    assert (item["read"], item["inserted"], lake.ledger("airlines", "prepared#")) == (16, 16, [])


def test_a_refresh_that_is_stopped_is_told_of_and_recorded_and_its_job_stops(lake: Lake) -> None:
    people = lake.people()
    lake.request("airlines")
    eventually(lambda: bool(running_jobs(lake)), "a running job")
    (lease,) = lake.ledger("airlines", "lease")
    lake.client("stepfunctions").stop_execution(executionArn=lease["owner"])
    (told,) = people.messages()
    assert "The refresh of airlines ended as ABORTED" in told
    eventually(lambda: "owner" not in lake.ledger("airlines", "lease")[0], "a free lease")
    run = lake.ledger("airlines", "run#")[-1]
    assert (run["status"], run["cause"]) == ("failed", "ABORTED")
    eventually(lambda: not running_jobs(lake), "the end of the job")


def test_the_sweep_may_look_at_what_it_looks_at(lake: Lake) -> None:
    machines, sweep = lake.client("stepfunctions"), lake.output("IntakeMachineArn").replace("intake", "sweep")
    execution = machines.start_execution(stateMachineArn=sweep, input="{}")["executionArn"]
    eventually(lambda: machines.describe_execution(executionArn=execution)["status"] != "RUNNING", "the end of the sweep")
    ended = machines.describe_execution(executionArn=execution)
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
