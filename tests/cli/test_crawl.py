from collections.abc import Iterator
from typing import Any

import pytest

from cli.common.errors import UserError
from cli.crawl import until_crawled

OLD = {"Status": "SUCCEEDED", "StartTime": 1}
NEW = {"Status": "SUCCEEDED", "StartTime": 2}
NEWER = {"Status": "SUCCEEDED", "StartTime": 3}
FAILED = {"Status": "FAILED", "StartTime": 2, "ErrorMessage": "not authorized to perform: s3:GetObject", "LogGroup": "g", "LogStream": "s"}


def ready(last: dict[str, Any] | None) -> dict[str, Any]:
    return {"Name": "lake-raw-orders", "State": "READY"} | ({"LastCrawl": last} if last else {})


def running(last: dict[str, Any] | None) -> dict[str, Any]:
    return ready(last) | {"State": "RUNNING"}


def crawled(starts: list[bool], looks: list[dict[str, Any]]) -> int:
    """Play what Glue says; return the number of looks that were taken."""
    told, begun = iter(looks), iter(starts)
    taken: list[Any] = []

    def look() -> Any:
        taken.append(next(told))
        return taken[-1]

    clock: Iterator[float] = iter(range(100))
    until_crawled(lambda: next(begun), look, 50, lambda _: None, lambda: None, lambda: next(clock))
    assert next(begun, None) is None
    return len(taken)


def test_a_first_crawl_is_over_when_there_is_a_last_one() -> None:
    assert crawled([True], [ready(None), running(None), ready(NEW)]) == 3


def test_the_end_of_an_earlier_crawl_is_not_taken_for_ours() -> None:
    assert crawled([True], [ready(OLD), ready(OLD), running(OLD), ready(NEW)]) == 4


def test_a_crawl_that_runs_already_is_waited_for_and_ours_comes_after_it() -> None:
    assert crawled([False, True], [running(OLD), running(OLD), ready(NEW), running(NEW), ready(NEWER)]) == 5


def test_a_crawl_that_failed_is_told_with_its_reason_and_its_log() -> None:
    with pytest.raises(UserError, match=r"lake-raw-orders failed: not authorized to perform: s3:GetObject \(log: g, stream s\)"):
        crawled([True], [ready(OLD), ready(FAILED)])


def test_a_crawl_that_was_stopped_has_not_succeeded() -> None:
    with pytest.raises(UserError, match="lake-raw-orders cancelled: no reason given"):
        crawled([True], [ready(OLD), ready({"Status": "CANCELLED", "StartTime": 2})])


def test_a_crawl_that_does_not_end_is_given_up() -> None:
    with pytest.raises(UserError, match="is RUNNING after 50 s; wait longer with --timeout"):
        crawled([True], [ready(OLD), *[running(OLD)] * 99])
