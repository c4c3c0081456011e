"""What `./lake logs --of PART` shows of a log, with filters as the local cloud evaluates them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from cli.common.errors import UserError
from cli.common.history import OF_FUNCTIONS, OF_JOBS, log_of
from cli.common.session import Lake
from config import read
from lake_constructs.log_errors import ErrorLine
from local_cloud.cloudwatch.filters import compiled

INFO = [f'{{"level": "INFO", "message": "line {number}"}}' for number in range(50)]


class Logs:
    """Log groups with their lines."""

    def __init__(self, written: Mapping[str, Sequence[str]]) -> None:
        self.written = written

    def get_paginator(self, operation: str) -> Any:
        return type("Paginator", (), {"paginate": lambda _, **asked: getattr(self, operation)(**asked)})()

    def describe_log_groups(self, *, logGroupNamePrefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        yield {"logGroups": [{"logGroupName": name} for name in self.written if name.startswith(logGroupNamePrefix)]}

    def filter_log_events(self, *, logGroupName: str, startTime: int, filterPattern: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        matches = compiled(filterPattern)
        yield {"events": [{"timestamp": startTime, "message": line} for line in self.written[logGroupName] if matches(line)]}


def log(part: str, **written: Sequence[str]) -> list[str]:
    """Return what is shown of a part, less the times."""
    places = {
        "function": "/aws/lambda/lake-pull",
        "error": "/aws-glue/jobs/lake-aviation/error",
        "output": "/aws-glue/jobs/lake-aviation/output",
    }
    lake = Lake("dev", read.settings("dev"))
    lake.__dict__["logs"] = Logs({places[place]: lines for place, lines in written.items()})
    return [line.removeprefix(" " * 2).split(" ", 2)[2] if line.startswith("  ") else line for line in log_of(lake, part, 24, 40)]


@pytest.mark.parametrize("error", ["[ERROR] KeyError: 'a'", '{"level":"ERROR","message":"x"}', "x Task timed out after 60.00 seconds"])
def test_an_error_of_a_function_is_shown_however_much_it_wrote_afterwards(error: str) -> None:
    assert log("pull", function=[*INFO, error, *INFO]) == ["/aws/lambda/lake-pull: the last 1 lines of errors", error]


@pytest.mark.parametrize("error", ["26/11/21 10:00:00 ERROR Executor: x", "Traceback (most recent call last):"])
def test_an_error_of_a_job_is_shown_however_much_it_wrote_afterwards(error: str) -> None:
    assert log("jobs", error=[error, *INFO], output=INFO) == [
        "/aws-glue/jobs/lake-aviation/error: the last 1 lines of errors",
        error,
        "/aws-glue/jobs/lake-aviation/output: nothing in 24 h",
    ]


def test_a_part_without_errors_shows_what_it_wrote_last() -> None:
    assert log("pull", function=INFO) == ["/aws/lambda/lake-pull: the last 40 lines, none of an error", *INFO[-40:]]
    assert log("pull", function=[]) == ["/aws/lambda/lake-pull: nothing in 24 h"]


def test_a_part_without_a_log_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(UserError, match="no log of pul; there are pull, and jobs"):
        log("pul", function=INFO)


def test_errors_are_the_lines_that_are_counted_as_errors() -> None:
    assert (ErrorLine.FUNCTION.value, ErrorLine.JOB.value) == (OF_FUNCTIONS, OF_JOBS)
