"""Every type of Spark's, through a real Parquet file of Iceberg's kind, to Redshift's."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import redshift
from contracts.redshift import types
from contracts.translate import KNOWN_TYPES, PHYSICAL_TYPE

# a Spark type -> DuckDB's name of what Iceberg stores it as, a value of it, and the footer's physical and logical type
STORED = {
    "boolean": ("boolean", "true", "BOOLEAN"),
    "tinyint": ("integer", "-128", "INT32"),
    "smallint": ("integer", "-32768", "INT32"),
    "int": ("integer", "-2147483648", "INT32"),
    "bigint": ("bigint", "-9223372036854775807", "INT64"),
    "float": ("float", "1.5", "FLOAT"),
    "double": ("double", "2.5", "DOUBLE"),
    "string": ("varchar", "'a'", "BYTE_ARRAY"),
    "date": ("date", "date '2013-01-01'", "INT32"),
    "timestamp": ("timestamptz", "timestamptz '2013-01-01 05:00:00+00'", "INT64"),
    "decimal(12,2)": ("decimal(12,2)", "1.23", "INT64"),
}
# what Redshift's column of that type holds: its documented range covers the footer's
FITS = {
    "BOOLEAN": ("boolean",),
    "INT32": ("integer", "bigint", "date"),
    "INT64": ("bigint", "timestamptz", "decimal(12,2)"),
    "FLOAT": ("real", "double precision"),
    "DOUBLE": ("double precision",),
    "BYTE_ARRAY": ("varchar(65535)",),
}


@pytest.mark.parametrize("spark", STORED)
def test_a_type_is_stored_as_what_redshift_s_column_of_it_holds(spark: str, tmp_path: Path) -> None:
    kind, value, physical = STORED[spark]
    path = tmp_path / "one.parquet"
    duckdb.sql(f"copy (select cast({value} as {kind}) as c) to '{path}' (format parquet)")
    (found,) = duckdb.sql(f"select type from parquet_schema('{path}') where name = 'c'").fetchall()
    assert found == (physical,)
    assert types(spark).redshift in FITS[physical]


def test_every_type_that_a_contract_may_name_is_readable() -> None:
    named = [kind if "(" not in kind else "decimal(12,2)" for kind in KNOWN_TYPES.replace("precision,scale", "12;2").split(", ")]
    named = [kind.replace("12;2", "12,2") for kind in named]
    assert set(named) == set(STORED)
    assert [kind for kind in named if not PHYSICAL_TYPE.fullmatch(kind) or redshift.problem(kind)] == []


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
