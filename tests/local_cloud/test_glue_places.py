"""More runs than go at a time: the others wait for their turn, as on AWS where queuing is on."""

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from local_cloud.glue.places import MOST_AT_ONCE, Places
from tests.local_cloud.jobs import GlueJob
from tests.local_cloud.running import LocalCloud, until

WAITS = "import time; print('up', flush=True); time.sleep(60)"
NUMBER = count()  # of the jobs, whose names are taken for good
Runs = list[tuple[GlueJob, str]]


@pytest.fixture
def crowd(cloud: LocalCloud) -> Iterator[Runs]:
    """As many runs as go at a time, and one more that waits."""
    jobs = [GlueJob(cloud, f"crowd-{next(NUMBER)}").create() for _ in range(MOST_AT_ONCE + 1)]
    runs: Runs = []
    for job in jobs:
        job.script(WAITS)
        runs.append((job, job.start()))
        if job is not jobs[-1]:
            job.said(runs[-1][1], "up")
    yield runs
    for job, run_id in runs:
        job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[run_id])
        job.ended(run_id)


def test_a_run_beyond_those_that_go_at_a_time_waits_and_begins_when_one_ends(crowd: Runs) -> None:
    (first, running), *_, (last, waiting) = crowd
    until(lambda: last.describe(waiting)["JobRunState"] == "WAITING")
    first.glue.batch_stop_job_run(JobName=first.name, JobRunIds=[running])
    last.said(waiting, "up")
    assert last.describe(waiting)["JobRunState"] == "RUNNING"


def test_a_run_that_is_stopped_while_it_waits_ends_without_having_run(crowd: Runs) -> None:
    *running, (last, waiting) = crowd
    last.glue.batch_stop_job_run(JobName=last.name, JobRunIds=[waiting])
    assert last.ended(waiting)["JobRunState"] == "STOPPED"
    assert not (last.cloud.home / "jobs" / f"{waiting}.log").exists()
    assert [job.describe(run_id)["JobRunState"] for job, run_id in running] == ["RUNNING"] * MOST_AT_ONCE


def test_places_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    places, came = Places(1), list[int]()
    assert places.take(lambda: True)
    assert places.are_taken()

    def ask(number: int) -> None:
        places.take(lambda: True)
        came.append(number)
        places.give_back()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        until(lambda number=number: places.waiting() == number)  # type: ignore[misc]  # mypy takes no default of a lambda
    places.give_back()
    for thread in threads:
        thread.join()
    assert came == [0, 1, 2, 3, 4]


def test_who_does_not_want_a_place_any_more_leaves_it_to_the_next() -> None:
    places, given_up = Places(1), threading.Event()
    assert places.take(lambda: True)
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(places.take(lambda: not given_up.is_set())))
    thread.start()
    until(lambda: places.waiting() == 1)
    given_up.set()
    places.look_again()
    thread.join()
    places.give_back()
    assert (answers, places.take(lambda: True)) == ([False], True)
