import pytest

from local_cloud.cloudwatch.evaluation import ALARM, INSUFFICIENT_DATA, OK, Condition, state


@pytest.mark.parametrize(
    ("values", "missing", "datapoints", "expected"),
    [
        ([2.0], "missing", 1, ALARM),
        ([0.0], "missing", 1, OK),
        ([None], "missing", 1, INSUFFICIENT_DATA),
        ([None], "ignore", 1, None),
        ([None], "breaching", 1, ALARM),
        ([None], "notBreaching", 1, OK),
        ([2.0, None], "ignore", 1, ALARM),
        ([0.0, None], "missing", 2, OK),
        ([2.0, None], "breaching", 2, ALARM),
        ([2.0, None], "notBreaching", 2, OK),
        ([2.0, 0.0, 2.0], "missing", 2, ALARM),
        ([2.0, 0.0, 0.0], "missing", 2, OK),
    ],
)
def test_datapoints_and_what_is_missing_make_the_state(
    values: list[float | None], missing: str, datapoints: int, expected: str | None
) -> None:
    condition = Condition(comparison="GreaterThanOrEqualToThreshold", threshold=1, datapoints=datapoints, missing=missing)
    assert state(values, condition) == expected


@pytest.mark.parametrize(
    ("comparison", "at_the_threshold"),
    [
        ("GreaterThanOrEqualToThreshold", ALARM),
        ("GreaterThanThreshold", OK),
        ("LessThanOrEqualToThreshold", ALARM),
        ("LessThanThreshold", OK),
    ],
)
def test_a_comparison_says_whether_the_threshold_itself_is_an_alarm(comparison: str, at_the_threshold: str) -> None:
    assert state([1.0], Condition(comparison=comparison, threshold=1, datapoints=1, missing="missing")) == at_the_threshold
