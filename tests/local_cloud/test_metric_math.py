import pytest

from local_cloud.cloudwatch.expressions import UnsupportedError, evaluate, unsupported

KNOWN = {"a": 6.0, "b": 3.0, "none": None, "zero": 0.0}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a / b * 100 - 1", 199),
        ("(a + b) ^ 2", 81),
        ("-a", -6),
        ("a / zero", None),
        ("a + none", None),
        ("FILL(none, 7) + a", 13),
        ("FILL(a, 7)", 6),
        ("FILL(none, b)", 3),
        ("a > b", 1),
        ("a > b && b > a", 0),
        ("a > b || b > a", 1),
        ("IF(a > b, a, b)", 6),
        ("IF(a < b, a)", None),
        ("IF(a < b, a, b)", 3),
        ("SUM([a, b, none])", 9),
        ("AVG([a, none])", 6),
        ("MAX([none])", None),
        ("MIN([a, b])", 3),
        ("ABS(b - a)", 3),
        ("CEIL(a / 4) + FLOOR(a / 4)", 3),
    ],
)
def test_an_expression_comes_to_what_cloudwatch_says(expression: str, expected: float | None) -> None:
    assert evaluate(expression, KNOWN) == expected


@pytest.mark.parametrize(
    "expression", ["RATE(a)", "ANOMALY_DETECTION_BAND(a, 2)", "c + 1", "a +", "FILL(a)", "__import__('os')", "METRICS()", "'text'", "a.b"]
)
def test_what_is_not_calculated_is_named(expression: str) -> None:
    with pytest.raises(UnsupportedError, match=r"(in an|the) expression"):
        evaluate(expression, KNOWN)
    assert unsupported(expression, ["a"])


def test_an_expression_is_checked_without_data() -> None:
    assert unsupported("a / b", ["a", "b"]) is None
