"""Filter patterns, as CloudWatch Logs documents them."""

import json

import pytest

from lake_constructs.log_errors import ErrorLine
from local_cloud.cloudwatch.filters import UnknownPatternError, compiled


def event(kind: str, **details: object) -> str:
    return json.dumps({"type": kind, "details": details, "id": 3})


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("", ["", "anything"], []),
        ("ERROR", ["an ERROR", "[ERROR] x"], ["an error", "Error"]),
        ("ERROR disk", ["ERROR: disk full"], ["ERROR: memory", "disk"]),
        ("ERROR -retry", ["ERROR x"], ["ERROR, retry"]),
        ('?ERROR ?"Task timed out"', ["ERROR", "x Task timed out y"], ["Task", "timed out"]),
        (r'"say \"no\""', ['they say "no"'], ["they say no"]),
        ('{ $.type = "ExecutionFailed" }', [event("ExecutionFailed")], [event("ExecutionSucceeded"), "ExecutionFailed", "{"]),
        ('{ $.type = "*Failed" }', [event("TaskFailed"), event("MapRunFailed")], [event("TaskScheduled")]),
        ('{ ($.type = "a") || ($.type = "b") && ($.id = 3) }', [event("a"), event("b")], [event("c")]),
        ('{ ($.type = "a" || $.type = "b") && $.details.error != "x" }', [event("a", error="y"), event("b")], [event("a", error="x")]),
        ("{ $.id = 3 }", [event("a")], [json.dumps({"id": 4})]),
        ("{ $.id != 3 }", [json.dumps({"id": 4})], [event("a")]),
    ],
)
def test_a_pattern_matches_what_the_documentation_says(pattern: str, matching: list[str], others: list[str]) -> None:
    matches = compiled(pattern)
    assert [line for line in matching if not matches(line)] == []
    assert [line for line in others if matches(line)] == []


@pytest.mark.parametrize(
    "pattern",
    ["%ERR.*%", "[ip, user]", "?a b", "{ $.a IS NULL }", "{ $.a = }", '{ $.a = "x"', '{ ($.a = "x" }', "{ }", '{ $.a = "x" ) }', "a:b"],
)
def test_a_pattern_that_would_be_taken_for_another_is_refused(pattern: str) -> None:
    with pytest.raises(UnknownPatternError):
        compiled(pattern)


@pytest.mark.parametrize(
    ("line", "errors", "fine"),
    [
        (ErrorLine.MACHINE, [event("ExecutionFailed"), event("ExecutionTimedOut")], [event("TaskFailed"), event("ExecutionSucceeded")]),
        (
            ErrorLine.FUNCTION,
            ["[ERROR] KeyError: 'a'", '{"level":"ERROR","message":"x"}', "2026 x Task timed out after 60.00 seconds"],
            ['{"level":"INFO"}', "REPORT RequestId: 1"],
        ),
        (
            ErrorLine.JOB,
            ["26/11/21 10:00:00 ERROR Executor: x", "Traceback (most recent call last):"],
            ['{"event": "step", "step": "written"}', "26/11/21 WARN x"],
        ),
    ],
)
def test_what_counts_errors_finds_them_and_nothing_else(line: ErrorLine, errors: list[str], fine: list[str]) -> None:
    assert [text for text in errors if not compiled(line.value)(text)] == []
    assert [text for text in fine if compiled(line.value)(text)] == []
