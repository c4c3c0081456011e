from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from glue_jobs.common.lines import LINE, URI, count_lines, count_readable, header_fault, is_header, read_texts, whole_lines
from tests.glue_jobs.samples import HEADER, SOURCE


def test_a_line_comes_whole_and_a_blank_one_not_at_all(spark: SparkSession) -> None:
    rows = [
        ("a,b\r", None, "s3://raw/x"),
        ("with ctrl-A:", "it was cut here", "s3://raw/x"),
        ("  ", None, "s3://raw/x"),
        (None, None, "s3://raw/y"),
    ]
    lines = whole_lines(spark.createDataFrame(rows, f"col0 string, col1 string, {URI} string"))
    assert [tuple(row) for row in lines.collect()] == [("a,b", "s3://raw/x"), ("with ctrl-A:\x01it was cut here", "s3://raw/x")]


def test_bytes_that_are_not_utf_8_become_one_sign(spark: SparkSession, buckets: Path) -> None:
    (buckets / "raw" / "bytes.csv").write_bytes("München\n".encode() + b"M\xfcnchen\n")
    lines = read_texts(spark, ["s3://raw/bytes.csv"], SOURCE)
    assert [row[LINE] for row in lines.collect()] == ["München", "M\ufffdnchen"]


def test_an_address_with_letters_that_a_glob_would_take_for_a_pattern_is_read(spark: SparkSession, buckets: Path) -> None:
    (buckets / "raw" / "a[1]{b}.csv").write_text("x\n")
    assert read_texts(spark, ["s3://raw/a[1]{b}.csv"], SOURCE).count() == 1


@pytest.mark.parametrize(
    ("first_line", "fault"),
    [
        (HEADER, None),
        ("\ufeff" + '"station","at","level","note"', None),
        ("at,station,level,note", None),
        ("at,station,depth,level,note,", None),
        (",".join([HEADER, *(f"x{number}" for number in range(40))]), None),
        (
            "station,at,depth,note",
            "its header lacks ['level'] and has ['depth'], which the contract does not know; it is ['station', 'at', 'depth', 'note']",
        ),
        ("station,at,level", "its header lacks ['note'] and has [], which the contract does not know; it is ['station', 'at', 'level']"),
        (
            "station,at,at,level,note",
            "its header lacks [] and has [], which the contract does not know; it is ['station', 'at', 'at', 'level', 'note'], with ['at'] more than once",
        ),
    ],
)
def test_a_header_must_name_the_fields_of_the_contract_in_whatever_order(first_line: str, fault: str | None) -> None:
    assert header_fault(first_line, SOURCE) == fault


def test_a_header_with_another_delimiter_is_told_the_contracts() -> None:
    assert str(header_fault(HEADER.replace(",", ";"), SOURCE)).endswith("it is ['station;at;level;note']; the contract's delimiter is ','")


def test_a_first_line_of_any_length_makes_a_short_reason() -> None:
    assert len(str(header_fault(",".join(["x" * 1000] * 1000), SOURCE))) < 10_000


def test_a_source_without_a_header_has_none_to_be_wrong() -> None:
    assert header_fault("1,2", replace(SOURCE, header=False)) is None
    assert header_fault("{}", replace(SOURCE, format="json")) is None


def test_headers_are_no_records_however_they_are_quoted_or_ordered(spark: SparkSession) -> None:
    rows = [(HEADER, "x"), ('"station","at","level","note"', "x"), ("a,b,1,", "x"), (HEADER, "y"), ("note,level,at,station", "y")]
    lines = spark.createDataFrame(rows, f"{LINE} string, {URI} string")
    assert count_lines(lines, SOURCE) == (
        {"x": 1, "y": 0},
        {"y": f"it has headers in different orders: {sorted([HEADER, 'note,level,at,station'])}"},
    )
    assert lines.where(is_header(replace(SOURCE, header=False))).isEmpty()


def test_an_object_that_spark_cannot_read_is_left_out_and_the_others_are_counted(spark: SparkSession, buckets: Path) -> None:
    (buckets / "raw" / "cut.csv.gz").write_bytes(b"\x1f\x8b\x08\x00")
    (buckets / "raw" / "whole.csv").write_text("a,b,1,\n")
    both = ["s3://raw/cut.csv.gz", "s3://raw/whole.csv"]
    lines, counts, broken = count_readable(
        lambda left_out: read_texts(spark, [uri for uri in both if uri not in left_out], SOURCE),
        SOURCE,
        lambda error, left_out: {both[0]: "cut"},
    )
    assert (counts, broken) == ({both[1]: 1}, {both[0]: "cut"})
    assert lines is not None


def test_an_error_that_no_object_explains_is_not_swallowed(spark: SparkSession) -> None:
    with pytest.raises(Exception, match=r"nowhere\.csv"):
        count_readable(lambda left_out: read_texts(spark, ["s3://raw/nowhere.csv"], SOURCE), SOURCE, lambda error, left_out: {})
