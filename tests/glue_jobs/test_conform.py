from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.contract import Contract
from glue_jobs.common.conform import REASONS, RECORD, _typed, conform, record_hash
from glue_jobs.common.lines import LINE, ORDER
from glue_jobs.common.parse import RAW, parse
from tests.glue_jobs.samples import HEADER, READINGS, SOURCE


def _conformed(spark: SparkSession, contract: Contract, *lines: str) -> DataFrame:
    rows = [(line, HEADER, "k", "v1", None, None) for line in lines]
    schema = f"{LINE} string, {ORDER} string, _object string, _version string, _arrived_at timestamp, _sequence string"
    objects = spark.createDataFrame(rows, schema)
    return conform(parse(objects, SOURCE, [HEADER.split(",")]), contract, SOURCE)


def _seen(frame: DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.select("station", "level", "day", REASONS, RECORD).collect()]


def test_a_good_row_is_typed_and_derived_and_keeps_no_line(spark: SparkSession) -> None:
    assert _seen(_conformed(spark, READINGS, "Elbe,2013-01-31T23:30:00Z,007,x", "Oder,2013-02-01 01:00:00+02:00,NA,")) == [
        ("Elbe", 7, date(2013, 1, 31), None, None),
        ("Oder", None, date(2013, 1, 31), None, None),
    ]


@pytest.mark.parametrize("ansi", ["true", "false"])
@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        ("Elbe,2013-01-01,7.5,", ["level: '7.5' is not int"]),
        ("Elbe,2013-01-01,99999999999,", ["level: '99999999999' is not int"]),
        ("Elbe,soon,high,", ["at: 'soon' is not timestamp", "level: 'high' is not int"]),
        (",NA,7,", ["at is missing", "station is missing", "day is missing"]),
        (",soon,7,", ["at: 'soon' is not timestamp", "station is missing"]),
        ("Elbe,2013-01-01,1000,", ["level is below 1000"]),
        (",", ["the line has 2 fields, but the contract has 4"]),
    ],
)
def test_a_broken_row_says_all_that_is_wrong_and_keeps_its_line(spark: SparkSession, ansi: str, line: str, reasons: list[str]) -> None:
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    try:
        [row] = _conformed(spark, READINGS, line).select(REASONS, RECORD).collect()
    finally:
        spark.conf.unset("spark.sql.ansi.enabled")
    assert tuple(row) == (reasons, line)


def test_a_long_broken_value_is_shown_by_its_start(spark: SparkSession) -> None:
    [row] = _conformed(spark, READINGS, f"Elbe,2013-01-01,{'9' * 5000},").collect()
    assert row[REASONS] == [f"level: '{'9' * 100}' is not int"]


def test_rows_that_differ_in_where_they_are_null_have_other_hashes(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("x", None), (None, "x"), (None, None), ("x", None)], "a string, b string")
    hashes = [row[0] for row in rows.select(record_hash(["a", "b"])).collect()]
    assert hashes[0] == hashes[3]
    assert len(set(hashes)) == 3


@pytest.mark.parametrize(
    "value",
    [
        "2013-01-31T23:30:00Z",
        "2013-01-31 23:30:00.123456789Z",
        "2013-01-31T23:30:00.Z",
        "2013-01-31Z",
        "2013-01-31TZ",
        "2013-01-31T23:30Z",
        "2013-01-31T23:30:00z",
        "2013-01-31T23:30:00Z\n",
        "2013-01-31T23:30:00+01:00Z",
        "2013-01-31T23:30:00UTCZ",
        "2013-02-31T23:30:00Z",
        "2013-01-31T23:30:00 Z",
        "Z",
    ],
)
def test_a_time_is_what_spark_itself_makes_of_it(spark: SparkSession, value: str) -> None:
    (field,) = [field for field in SOURCE.fields if field.type == "timestamp"]
    raw = spark.createDataFrame([((value,),)], f"{RAW} struct<`{field.name}`: string>")
    found = raw.select(_typed(field).alias("found"), F.expr(f"try_cast({RAW}.`{field.name}` as timestamp)").alias("wanted"))
    assert found.where("found <=> wanted").count() == 1, found.collect()
