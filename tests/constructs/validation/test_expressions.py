from typing import Any

import pytest

from lake_constructs.validation.expressions import pattern_problems, schedule_problems


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "cron(0 6 * * ? *)",
        "cron(0/15 8-18 ? * MON-FRI *)",
        "cron(0 0 L * ? 2030)",
        "cron(0 9 ? JAN,7 2#1 *)",
    ],
)
def test_a_schedule_that_the_service_takes_is_taken(expression: str) -> None:
    assert list(schedule_problems(expression)) == []


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("rate(1 minutes)", "has to read rate(1 minute)"),
        ("rate(0 minutes)", "has to read rate(1 minute)"),
        ("rate(2 weeks)", "is neither rate"),
        ("cron(0 6 * * *)", "5 fields instead of 6"),
        ("cron(0 6 * * * *)", "exactly one of day of month and day of week"),
        ("cron(60 6 * * ? *)", "minutes 60 is not between 0 and 59"),
        ("cron(0 6 ? * FUN *)", "day of week FUN"),
        ("at(2030-01-01T00:00:00)", "is neither rate"),
    ],
)
def test_a_schedule_that_the_service_refuses_is_told(expression: str, problem: str) -> None:
    (found,) = schedule_problems(expression)
    assert problem in found


def test_a_scheduler_may_run_once() -> None:
    assert list(schedule_problems("at(2030-01-01T00:00:00)", may_be_once=True)) == []


@pytest.mark.parametrize(
    "pattern",
    [
        {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"object": {"key": [{"prefix": "a/"}], "size": [{"numeric": [">", 0]}]}},
        },
        {"source": [{"prefix": "aws."}]},
        {"source": ["own"], "$or": [{"detail": {"a": ["b"]}}, {"detail": {"c": [{"exists": False}]}}]},
    ],
)
def test_a_pattern_that_matches_something_is_taken(pattern: dict[str, Any]) -> None:
    assert list(pattern_problems(pattern)) == []


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ({}, "empty"),
        ({"detail_type": ["a"]}, "no event has the key 'detail_type'"),
        ({"source": "aws.s3"}, "stands in a list"),
        ({"detail": {"key": []}}, "detail.key is an empty list"),
        ({"detail": {"key": [{"startsWith": "a"}]}}, "asks for 'startsWith'"),
        ({"source": ["aws.glue"], "detail-type": ["Job State Change"]}, "it sends Glue Job State Change"),
    ],
)
def test_a_pattern_that_never_or_always_matches_is_told(pattern: dict[str, Any], problem: str) -> None:
    (found,) = pattern_problems(pattern)
    assert problem in found
