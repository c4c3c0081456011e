"""What a bookmarked source reads, under a clock of the test's own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from awsglue.bookmark import Limits, Position, S3Object
from awsglue.bookmark_store import BookmarkStore, UnknownRunError, VersionMismatchError
from awsglue.job_bookmark import JobBookmark, Option

MINUTE = 60_000
SIZE = 10


@dataclass
class Job:
    """A job whose source has `objects`, by name with the minute in which S3 dates them."""

    store: BookmarkStore
    objects: dict[str, int]

    def begin(self, minute: int, option: Option = Option.ENABLE, window: tuple[str, str] | None = None) -> JobBookmark:
        return JobBookmark(self.store, "job", f"run-{minute}", option, minute * MINUTE, window)

    def read(self, bookmark: JobBookmark, source: str = "source", limits: Limits | None = None) -> Sequence[str]:
        listed = [S3Object(minute * MINUTE, name, SIZE) for name, minute in self.objects.items()]
        return [item.uri for item in bookmark.select(source, listed, limits or Limits())]

    def run(self, minute: int, limits: Limits | None = None) -> Sequence[str]:
        bookmark = self.begin(minute)
        read = self.read(bookmark, limits=limits)
        bookmark.commit()
        return read


@pytest.fixture
def store(tmp_path: Path) -> BookmarkStore:
    return BookmarkStore(tmp_path)


@pytest.fixture
def job(store: BookmarkStore) -> Job:
    return Job(store, {"a": 100})


def test_a_run_reads_what_came_since_the_last_committed_one(job: Job) -> None:
    assert job.run(102) == ["a"]
    assert job.run(103) == []
    job.objects["b"] = 104
    assert job.run(105) == ["b"]


def test_an_object_is_read_again_once_it_is_written_again(job: Job) -> None:
    job.run(102)
    job.objects["a"] = 105
    assert job.run(106) == ["a"]


def test_an_object_that_is_listed_late_is_read_within_the_band_and_never_after_it(job: Job) -> None:
    job.run(102)
    job.objects["late"] = 99
    assert job.run(110) == ["late"]
    job.objects["too late"] = 80
    assert job.run(111) == []


def test_a_longer_band_finds_an_object_that_is_listed_later(job: Job) -> None:
    hour = Limits(band=60 * MINUTE)
    job.run(102, hour)
    job.objects["late"] = 60
    assert job.run(110, hour) == ["late"]


def test_an_object_dated_after_the_start_of_a_run_waits_for_the_next_one(job: Job) -> None:
    job.objects["next"] = 103
    assert job.run(102) == ["a"]
    assert job.run(104) == ["next"]


def test_a_run_that_does_not_commit_leaves_its_objects_to_the_next_one(job: Job) -> None:
    assert job.read(job.begin(102)) == ["a"]
    job.objects["b"] = 103
    assert job.run(104) == ["a", "b"]


def test_a_source_without_a_context_has_no_bookmark(job: Job) -> None:
    job.run(102)
    assert job.read(job.begin(103), source="") == ["a"]


def test_a_disabled_bookmark_reads_everything_and_saves_nothing(job: Job, store: BookmarkStore) -> None:
    bookmark = job.begin(102, Option.DISABLE)
    assert job.read(bookmark) == ["a"]
    bookmark.commit()
    assert store.latest("job") is None


def test_each_source_has_a_bookmark_of_its_own_and_keeps_it_when_it_is_not_read(job: Job) -> None:
    job.run(102)
    other = job.begin(103)
    assert job.read(other, "other") == ["a"]
    other.commit()
    assert job.run(104) == []


def test_a_paused_bookmark_reads_the_increment_and_stays_where_it_is(job: Job) -> None:
    job.run(102)
    job.objects["b"] = 130
    paused = job.begin(131, Option.PAUSE)
    assert job.read(paused) == ["b"]
    paused.commit()
    assert job.run(132) == ["b"]


def test_a_paused_bookmark_with_from_and_to_reads_what_the_runs_between_them_read(job: Job) -> None:
    job.run(102)
    job.objects["b"] = 130
    job.run(131)
    job.objects["late for the second"] = 129
    job.objects["c"] = 160
    job.run(161)
    assert job.read(job.begin(170, Option.PAUSE, ("run-102", "run-131"))) == ["b"]


def test_a_reset_job_reads_everything_and_a_rewound_one_what_came_after_the_run(job: Job, store: BookmarkStore) -> None:
    job.run(102)
    job.objects["b"] = 130
    job.run(131)
    store.reset("job", "run-102")
    assert job.run(140) == ["b"]
    store.reset("job")
    assert job.run(150) == ["a", "b"]


def test_a_rewind_to_a_run_that_never_committed_is_refused(job: Job, store: BookmarkStore) -> None:
    job.run(102)
    with pytest.raises(UnknownRunError, match="no committed run run-1 of job job"):
        store.reset("job", "run-1")


def test_a_run_that_began_before_a_rewind_cannot_commit_after_it(job: Job, store: BookmarkStore) -> None:
    job.run(102)
    running = job.begin(103)
    store.reset("job", "run-102")
    with pytest.raises(VersionMismatchError):
        running.commit()


def test_of_two_runs_at_a_time_the_second_commit_is_refused(job: Job, store: BookmarkStore) -> None:
    first, second = job.begin(102), job.begin(103)
    first.commit()
    with pytest.raises(VersionMismatchError, match="Expected version 0, found 1"):
        second.commit()
    assert [entry["RunId"] for entry in store.entries("job")] == ["run-102"]


@pytest.mark.parametrize("limits", [Limits(files=3), Limits(size=3 * SIZE)])
def test_bounded_runs_read_everything_once_also_where_objects_share_a_time(job: Job, limits: Limits) -> None:
    job.objects = {f"f{number}": 100 + number // 2 for number in range(7)}
    read = [name for minute in range(200, 205) for name in job.run(minute, limits)]
    assert sorted(read) == sorted(job.objects)


def test_a_bounded_run_takes_one_object_that_is_larger_than_its_bound(job: Job) -> None:
    assert job.run(102, Limits(size=SIZE - 1)) == ["a"]


def test_objects_over_the_number_of_the_band_are_left_to_the_next_run(job: Job) -> None:
    job.objects = {"a": 100, "b": 101, "c": 102}
    assert job.run(103, Limits(files_in_band=2)) == ["a", "b"]
    assert job.run(104) == ["c"]


def test_the_state_is_as_get_job_bookmark_shows_it(job: Job, store: BookmarkStore) -> None:
    job.run(102)
    entry: dict[str, Any] = store.latest("job") or {}
    assert {**entry, "JobBookmark": None} == {
        "JobName": "job",
        "Version": 1,
        "Run": 1,
        "Attempt": 0,
        "PreviousRunId": None,
        "RunId": "run-102",
        "JobBookmark": None,
    }
    state = json.loads(entry["JobBookmark"])["source"]
    assert state["timestamps"]["CURR_RUN_START_TIME"] == "1970-01-01T01:42:00.000Z"
    assert Position.from_state(state).to_state() == state
