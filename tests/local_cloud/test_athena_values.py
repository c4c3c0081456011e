"""Values and types as Athena writes them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from local_cloud.athena.values import Column, text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, "true"),
        (12, "12"),
        (12.639, "12.639"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (0.00012, "1.2E-4"),
        (-0.0, "-0.0"),
        (float("inf"), "Infinity"),
        (float("nan"), "NaN"),
        (Decimal("1.50"), "1.50"),
        (Decimal("0E-2"), "0.00"),
        (date(2013, 1, 1), "2013-01-01"),
        (datetime(2013, 1, 1, 5, 0, 0, 120), "2013-01-01 05:00:00.000120"),
        (datetime(2013, 1, 1, 5, tzinfo=timezone(timedelta(hours=-5))), "2013-01-01 10:00:00.000000 UTC"),
        (datetime(2013, 1, 1, 5, tzinfo=UTC), "2013-01-01 05:00:00.000000 UTC"),
        (b"\x01\xff", "01 ff"),
        ([1, None, "a"], "[1, null, a]"),
        ({"a": 1, "b": ""}, "{a=1, b=}"),
    ],
)
def test_a_value_is_written_as_athena_writes_it(value: Any, written: str | None) -> None:
    assert text(value) == written


@pytest.mark.parametrize(
    ("duckdb", "athena"),
    [
        ("VARCHAR", "varchar"),
        ("HUGEINT", "bigint"),
        ("INTEGER", "integer"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp with time zone"),
        ("INTEGER[]", "array"),
        ("MAP(VARCHAR, INTEGER)", "map"),
        ("STRUCT(a INTEGER)", "row"),
    ],
)
def test_a_type_has_athenas_name(duckdb: str, athena: str) -> None:
    assert Column.of_duckdb("c", duckdb).type == athena


def test_a_decimal_tells_its_digits() -> None:
    column = Column.of_duckdb("c", "DECIMAL(12,2)").describe()
    assert (column["Type"], column["Precision"], column["Scale"]) == ("decimal", 12, 2)
