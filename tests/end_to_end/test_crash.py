"""A job process that is killed at any time, and tables that are as if it had not been."""

import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.files import airlines, first_rows, months
from tests.end_to_end.lake import Lake, closes, eventually

KILLS = 10
MOST_TRIES = 40  # a job may end before the time of its kill
ROWS = 400
SEED = int(os.environ.get("LAKE_SEED", time.time_ns() % 1_000_000))
ANSWER = "select count(*) as flights, sum(_record_hash % 1000003) as hash from lake_processed.flights"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    return [first_rows(month, folder, ROWS) for month in months()[:3]]


def running_jobs(lake: Lake) -> list[int]:
    return [int(path.read_text()) for path in (lake.home / "jobs").glob("*.pid")]


def killed(lake: Lake, after: float) -> int:
    """Kill the job some seconds after it started, and return how many processes were hit.

    A job that ended by itself before its time is none of them.
    """
    eventually(lambda: bool(running_jobs(lake)), "a running job")
    started = running_jobs(lake)
    until = time.monotonic() + after  # the time of the kill is what is random
    while time.monotonic() < until and any(map(alive, started)):
        time.sleep(0.02)
    if hit := sum(map(killed_now, started)):
        eventually(lambda: not any(map(alive, started)), "the end of the killed job")
        return hit
    eventually(lambda: not set(started) & set(running_jobs(lake)), "the end of the job")
    return 0


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
    hits = 0
    for _ in range(MOST_TRIES):
        if hits == KILLS:
            break
        if not running_jobs(lake):
            lake.request("flights")
        hits += killed(lake, after=chance.uniform(0.5, 14)) > 0
    assert hits == KILLS
    lake.request("flights")
    lake.run("wait", "--timeout", "200")
    assert lake.query(ANSWER) == wanted
    objects = lake.ledger("flights", "object#")
    assert len(objects) == len(files)
    assert closes(objects)
    assert sum(item["inserted"] for item in objects) == wanted[0]["flights"]


def test_airlines_are_there_after_a_kill_without_anybody_asking(lake: Lake) -> None:
    lake.land("airlines", airlines())
    assert killed(lake, after=4)
    lake.wait()
    assert lake.query("select count(*) as airlines from lake_processed.airlines") == [{"airlines": 16}]


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
