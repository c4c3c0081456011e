from dataclasses import replace
from typing import Any

import pytest
from pyspark.sql import SparkSession

from contracts.contract import Field, Source
from glue_jobs.common.lines import LINE, ORDER
from glue_jobs.common.parse import FAULT, RAW, parse
from tests.glue_jobs.samples import SOURCE

ADVICE = "; where values hold line breaks, the contract says so with lake.source.multiline"


def _parsed(spark: SparkSession, source: Source, *lines: str) -> list[Any]:
    order = [field.name for field in source.fields]
    frame = parse(spark.createDataFrame([(line, ",".join(order)) for line in lines], f"{LINE} string, {ORDER} string"), source, [order])
    return [tuple(row[RAW]) if row[FAULT] is None else row[FAULT] for row in frame.collect()]


def test_fields_are_text_and_null_where_the_source_wrote_nothing(spark: SparkSession) -> None:
    lines = ['"Rhine, upper",2013-01-01,7,"say ""high"""', "Elbe,NA,,", ' Oder ,"","NA",0', 'Main,5" pipe,,"a,"']
    assert _parsed(spark, SOURCE, *lines) == [
        ("Rhine, upper", "2013-01-01", "7", 'say "high"'),
        ("Elbe", None, None, None),
        (" Oder ", None, None, "0"),
        ("Main", '5" pipe', None, "a,"),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Elbe,2013-01-01", "the line has 2 fields, but the contract has 4"),
        ('"Elbe, lower",2013-01-01,7,a,b', "the line has 5 fields, but the contract has 4"),
        ('a,b,c,d,"e', f"the line's quotes do not match{ADVICE}"),
        ('a,b,"c,d', f"the line's quotes do not match{ADVICE}"),
        ('a,b,c,"d', f"the line's quotes do not match{ADVICE}"),
        ('a,"b,""",c,"', f"the line's quotes do not match{ADVICE}"),
        (f'a,"{"b" * 20_000}",c,d,e', "the line has 5 fields, but the contract has 4"),
        (",".join("a" * 20_481), "the line has 20481 fields, but the contract has 4"),
        ("Elb\ufffd,2013-01-01,7,", "the line holds bytes that are not UTF-8"),
    ],
)
def test_a_line_with_another_number_of_fields_says_how_many(spark: SparkSession, line: str, fault: str) -> None:
    assert _parsed(spark, SOURCE, line) == [fault]


def test_a_long_text_in_quotes_may_hold_more_delimiters_than_a_line_may_have_fields(spark: SparkSession) -> None:
    assert _parsed(spark, SOURCE, f'a,b,c,"{"," * 30_000}"') == [("a", "b", "c", "," * 30_000)]


def test_a_delimiter_may_be_a_sign_of_regular_expressions(spark: SparkSession) -> None:
    piped = replace(SOURCE, delimiter="|")
    assert _parsed(spark, piped, "a|b|c|d", "a|b") == [("a", "b", "c", "d"), "the line has 2 fields, but the contract has 4"]


def test_json_lines_are_parsed_by_name_and_what_is_no_object_is_told(spark: SparkSession) -> None:
    lines = ['{"level": 7, "station": "Elbe", "other": 1}', '{"level": ', "[1]", "7", '{"note": {"a": [1]}}']
    assert _parsed(spark, replace(SOURCE, format="json"), *lines) == [
        ("Elbe", None, "7", None),
        *["the line is not a JSON object"] * 3,
        (None, None, None, '{"a":[1]}'),
    ]


def test_each_line_is_parsed_in_the_order_of_its_own_object(spark: SparkSession) -> None:
    orders = [["station", "at", "level", "note"], ["note", "level", "at", "station"]]
    rows = [("a,b,c,d", "station,at,level,note"), ("d,c,b,a", "note,level,at,station"), ("d,c", "note,level,at,station")]
    frame = parse(spark.createDataFrame(rows, f"{LINE} string, {ORDER} string"), SOURCE, orders)
    same = ("a", "b", "c", "d")
    assert [(tuple(row[RAW]), row[FAULT]) for row in frame.collect()][:2] == [(same, None), (same, None)]
    assert frame.collect()[2][FAULT] == "the line has 2 fields, but the contract has 4"


def test_a_field_within_others_is_found_by_its_path_and_one_of_another_shape_is_told(spark: SparkSession) -> None:
    names = ("id", "$.user.name", "$.user.home.zip", "$['by hand'].at", "tags")
    source = replace(SOURCE, format="json", fields=tuple(Field(name=name, type="string") for name in names))
    lines = [
        '{"id": 1, "user": {"name": "Ann", "home": {"zip": "007"}}, "by hand": {"at": 3.5}, "tags": ["a", {"b": 1}]}',
        '{"id": 2, "user": {"name": null}, "by hand": null}',
        '{"id": 3, "user": "Ann"}',
    ]
    assert _parsed(spark, source, *lines) == [
        ("1", "Ann", "007", "3.5", '["a",{"b":1}]'),
        ("2", None, None, None, None),
        "a field that others lie within is no object here",
    ]
