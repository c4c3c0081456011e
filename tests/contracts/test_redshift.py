"""Types from Spark to Redshift; tests/glue_jobs/test_redshift_types.py writes them and reads the footers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import redshift
from contracts.redshift import types


@pytest.mark.parametrize(
    ("spark", "why"),
    [
        ("variant", "Iceberg v3 alone"),
        ("void", "cannot store"),
        ("interval day to second", "cannot store"),
        ("varchar", "no type of Spark"),
    ],
)
def test_a_type_that_redshift_cannot_read_says_why(spark: str, why: str) -> None:
    assert types(spark).redshift is None
    assert why in str(redshift.problem(spark))


@pytest.mark.parametrize(
    "spark", ["array<int>", "map<string,int>", "struct<a:int,b:array<string>>", "timestamp_ntz", "binary", "char(3)", "varchar(10)"]
)
def test_types_that_no_contract_names_yet_are_mapped_all_the_same(spark: str) -> None:
    assert types(spark).redshift


@given(st.text())
def test_every_text_has_an_answer(spark: str) -> None:
    found = types(spark)
    assert bool(found.redshift) != bool(found.why)


@given(st.integers(1, 38), st.integers(0, 38))
def test_a_decimal_keeps_its_precision_and_scale(precision: int, scale: int) -> None:
    assert types(f"decimal({precision},{scale})").redshift == f"decimal({precision},{scale})"
