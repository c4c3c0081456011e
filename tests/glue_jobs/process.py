"""The files of the jobs run from their first line to their last, in the tests' Spark session, and stopped wherever a test says.

What stands in: folders for S3, memory for DynamoDB and Glue's catalog. The bookmark is the local cloud's.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from awsglue.bookmark_store import BookmarkStore
from awsglue.job import Job
from glue_jobs import processed_to_consumer, raw_to_processed
from tests.glue_jobs.fakes import FakeGlue, FakeS3, NoSuchKeyError, NoTableError
from tests.glue_jobs.lake import Lake


class StoppedError(BaseException):
    """The process is gone: no job catches this, as none catches a kill."""


@dataclass(frozen=True)
class Point:
    """A place in a run: right after one of some calls.

    Attributes:
        calls: dotted paths of functions and methods.
        applies: whether a call with these arguments is meant.
        turn: which of the calls that are meant.
    """

    name: str
    calls: tuple[str, ...]
    applies: Callable[..., bool] = lambda *_, **__: True
    turn: int = 1


class LiveGlue(FakeGlue):
    """A catalog that has the tables that Spark's has."""

    def __init__(self, lake: Lake) -> None:
        super().__init__()
        self._lake = lake

    def get_table(self, **request: str) -> dict[str, Any]:
        if not self._lake.spark.catalog.tableExists(f"glue_catalog.{request['DatabaseName']}.{request['Name']}"):
            raise NoTableError
        return {"Table": {"Parameters": {"metadata_location": self._lake.metadata(request["Name"])}}}


class Buckets:
    """S3, with several buckets."""

    exceptions = SimpleNamespace(NoSuchKey=NoSuchKeyError)

    def __init__(self, buckets: Mapping[str, FakeS3]) -> None:
        self._buckets = buckets

    def get_object(self, **request: str) -> dict[str, Any]:
        return self._buckets[request["Bucket"]].get_object(**request)

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        return self._buckets[request["Bucket"]].list_objects_v2(**request)

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **request: [getattr(self, operation)(**request)])


@dataclass
class JobLake(Lake):
    """A lake that is refreshed by its job's file, and announced as the refresh machine announces.

    Attributes:
        announced: snapshots, in the order in which others were told of them.
    """

    announced: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.glue = LiveGlue(self)
        self.assets = FakeS3(self.buckets / "assets" / self.contract.name)
        self.bookmarks = self.buckets / "bookmarks" / self.contract.name
        self.bookmarks.mkdir(parents=True)

    @property
    def store(self) -> BookmarkStore:
        return BookmarkStore(self.bookmarks)

    def execute(self) -> None:
        """Run the job in a process of its own as far as it can tell, then announce what it published."""
        self.runs += 1
        main = processed_to_consumer.main if self.contract.is_product else raw_to_processed.main
        self.assets.put("contract.json", self.contract.to_json())
        outer = Job.bookmark
        with pytest.MonkeyPatch.context() as patch:
            watch = SimpleNamespace(put_metric_data=lambda **_: None)
            services = {"s3": self._s3(), "dynamodb": self.dynamodb, "glue": self.glue, "cloudwatch": watch}
            patch.setattr("glue_jobs.common.edge.boto3", SimpleNamespace(client=services.__getitem__))
            patch.setattr("awsglue.listing.boto3", SimpleNamespace(client=services.__getitem__))
            patch.setattr("glue_jobs.common.steps.Steps.step", self._told)
            patch.setattr("sys.argv", ["job.py", *self._arguments()])
            patch.setenv("GLUE_BOOKMARKS", str(self.bookmarks))
            patch.setenv("GLUE_RUN_STARTED", str(int(self.s3.now.timestamp() * 1000)))
            try:
                main()
            finally:
                Job.bookmark = outer
        self.announce()

    def announce(self) -> None:
        """Tell others of a snapshot that they were not told of, whoever published it: the states of the refresh machine."""
        published = self.ledger.publication().get("snapshot", "")
        if published and self.announced[-1:] != [published]:
            self.announced.append(published)

    def _told(self, name: str, **facts: object) -> None:
        self.steps.append({"run": f"run-{self.runs}", "step": name, **json.loads(json.dumps(facts, default=str))})

    def _s3(self) -> Buckets:
        return Buckets({"raw": self.s3, "processed": self.warehouse, "assets": self.assets})

    def _arguments(self) -> Iterator[str]:
        inputs = ",".join(f"lake_processed.{name}" for name in self.contract.inputs)
        given = {
            "JOB_NAME": self.contract.name,
            "JOB_RUN_ID": f"jr-{self.runs}",
            "job-bookmark-option": "job-bookmark-enable",
            "run_id": f"run-{self.runs}",
            "contract": "s3://assets/contract.json",
            "ledger_table": "ledger",
            "database": "lake_processed",
            "warehouse": "s3://processed/",
            "lake": "lake",
            "dpus": "2",
            **({"inputs": inputs} if self.contract.is_product else {"raw_bucket": "raw"}),
        }
        for name, value in given.items():
            yield from (f"--{name}", value)


@contextmanager
def at(point: Point, act: Callable[[], None]) -> Iterator[list[str]]:
    """Do something as soon as a run comes to a point, once; gives a list that then has its name."""
    reached: list[str] = []
    calls: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for path in point.calls:
            patch.setattr(path, _followed(path, point, calls, reached, act))
        yield reached


def _followed(path: str, point: Point, calls: list[str], reached: list[str], act: Callable[[], None]) -> Callable[..., Any]:
    original = _resolved(path)

    def call(*arguments: Any, **named: Any) -> Any:
        if reached and act is stop:  # in another thread of the process that is gone
            raise StoppedError
        answer = original(*arguments, **named)
        if not reached and point.applies(*arguments, **named):
            calls.append(path)
            if len(calls) == point.turn:
                reached.append(point.name)
                act()
        return answer

    return call


def _resolved(path: str) -> Callable[..., Any]:
    module, _, attribute = path.rpartition(".")
    try:
        owner: Any = __import__(module, fromlist=[attribute])
    except ModuleNotFoundError:
        module, _, kind = module.rpartition(".")
        owner = getattr(__import__(module, fromlist=[kind]), kind)
    found: Callable[..., Any] = getattr(owner, attribute)
    return found


def stop() -> None:
    raise StoppedError


def stopped_at(lake: JobLake, point: Point) -> None:
    """Run a job until it comes to a point, and no further; what Spark still holds goes with the process.

    Raises:
        AssertionError: it never came there.
    """
    with at(point, stop) as reached, pytest.raises(StoppedError):
        lake.execute()
    assert reached == [point.name]
    lake.spark.catalog.clearCache()
