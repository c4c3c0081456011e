"""Every type that a contract may name, written by Spark into Iceberg: what the Parquet footers say is what Redshift's column holds."""

import re

import duckdb
import pytest
from pyspark.sql import SparkSession

from contracts.redshift import types
from contracts.translate import KNOWN_TYPES, PHYSICAL_TYPE

CATALOG = "spark.sql.catalog.on_disk"  # the other catalog of these tests keeps its files in memory
TABLE = "on_disk.lake.every_type"
# a type of a contract -> a value of it in SQL, and the footer's physical type with what it stands for
VALUES = {
    "string": ("'ä'", "BYTE_ARRAY StringType"),
    "boolean": ("true", "BOOLEAN"),
    "tinyint": ("-128", "INT32"),
    "smallint": ("-32768", "INT32"),
    "int": ("-2147483648", "INT32"),
    "bigint": ("-9223372036854775807", "INT64"),
    "float": ("1.5", "FLOAT"),
    "double": ("2.5", "DOUBLE"),
    "date": ("date '2013-01-01'", "INT32 DateType"),
    "timestamp": ("timestamp '2013-01-01 05:00:00'", "INT64 TimestampType isAdjustedToUTC=1"),
    "decimal(9,2)": ("1.23", "INT32 DecimalType 9,2"),
    "decimal(18,4)": ("1.23", "INT64 DecimalType 18,4"),
    "decimal(38,10)": ("1.23", "FIXED_LEN_BYTE_ARRAY DecimalType 38,10"),
}
# the footer's type -> the column of Redshift that holds all of its values
# https://docs.aws.amazon.com/redshift/latest/dg/querying-iceberg-supported-data-types.html
HELD = {
    "BYTE_ARRAY StringType": "varchar(65535)",
    "BOOLEAN": "boolean",
    "INT32": "integer",
    "INT64": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "INT32 DateType": "date",
    "INT64 TimestampType isAdjustedToUTC=1": "timestamptz",
    "INT32 DecimalType 9,2": "decimal(9,2)",
    "INT64 DecimalType 18,4": "decimal(18,4)",
    "FIXED_LEN_BYTE_ARRAY DecimalType 38,10": "decimal(38,10)",
}


@pytest.fixture(scope="module")
def footers(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the footer of a data file says of each type."""
    folder = tmp_path_factory.mktemp("tables")
    spark.conf.set(CATALOG, "org.apache.iceberg.spark.SparkCatalog")
    spark.conf.set(f"{CATALOG}.type", "hadoop")
    spark.conf.set(f"{CATALOG}.warehouse", folder.as_uri())
    columns = ", ".join(f"`{kind}` {kind}" for kind in VALUES)
    spark.sql(f"create table {TABLE} ({columns}) using iceberg")
    spark.sql(f"insert into {TABLE} select {', '.join(f'cast({value} as {kind})' for kind, (value, _) in VALUES.items())}")
    (file,) = folder.glob("lake/every_type/data/*.parquet")
    rows = duckdb.sql(f"select name, type, coalesce(logical_type, '') from parquet_schema('{file}') where type is not null").fetchall()
    return {_plain(name): _said(physical, logical) for name, physical, logical in rows}


def _plain(name: str) -> str:
    """Return the type that a column is named by: Iceberg writes what Parquet takes no name of as _xHH."""
    return re.sub(r"_x([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), name)


def _said(physical: str, logical: str) -> str:
    kind = logical.partition("(")[0]
    if kind == "DecimalType":
        numbers = dict(re.findall(r"(scale|precision)=(\d+)", logical))
        return f"{physical} {kind} {numbers['precision']},{numbers['scale']}"
    adjusted = re.search(r"isAdjustedToUTC=\d", logical)
    return " ".join(
        part
        for part in (physical, kind if kind in ("StringType", "DateType", "TimestampType") else "", adjusted[0] if adjusted else "")
        if part
    )


@pytest.mark.parametrize("kind", VALUES)
def test_a_type_is_stored_as_what_redshift_s_column_of_it_holds(kind: str, footers: dict[str, str]) -> None:
    assert footers[kind] == VALUES[kind][1]
    assert types(kind).redshift == HELD[footers[kind]]


def test_every_type_that_a_contract_may_name_was_written() -> None:
    named = {kind.partition("(")[0] for kind in KNOWN_TYPES.split(", ")}
    assert {kind.partition("(")[0] for kind in VALUES} == named
    assert [kind for kind in VALUES if not PHYSICAL_TYPE.fullmatch(kind)] == []
