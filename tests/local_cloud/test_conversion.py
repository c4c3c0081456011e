"""From JSON to the rows of a table, as the OpenX SerDe reads it."""

import json
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.firehose.conversion import Schema, UnconvertibleError

TEXTS = Schema({"a": "string", "b": "string"}, {}, "snappy")
SCHEMA = Schema({"name": "string", "n": "bigint", "x": "double", "on": "boolean"}, {"tableName": "t"}, "snappy")


def test_members_are_found_in_any_case_and_others_are_left_out() -> None:
    (row,) = SCHEMA.rows(b'{"NAME": "a", "N": "7", "x": 1, "On": "true", "other": 1}')
    assert json.loads(row) == {"name": "a", "n": 7, "x": 1.0, "on": True}


def test_a_record_may_hold_several_documents_and_what_is_missing_is_null() -> None:
    rows = [json.loads(row) for row in SCHEMA.rows(b'{"n": 1}{"n": 2}\n {"name": {"a": [1]}}')]
    assert [(row["n"], row["name"]) for row in rows] == [(1, None), (2, None), (None, '{"a": [1]}')]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not json", "ParseError"),
        (b'{"n": 1', "ParseError"),
        (b"\xff", "ParseError"),
        (b"[1]", "MalformedData"),
        (b'{"n": "seven"}', "MalformedData"),
        (b'{"n": 1.5}', "MalformedData"),
        (b'{"n": true}', "MalformedData"),
        (b'{"on": "perhaps"}', "MalformedData"),
    ],
)
def test_what_does_not_fit_the_table_is_told_as_firehose_does(data: bytes, code: str) -> None:
    with pytest.raises(UnconvertibleError) as refused:
        SCHEMA.rows(data)
    assert refused.value.failure.code == f"DataFormatConversion.{code}"
    document = json.loads(refused.value.failure.document(data, 1))
    assert document["ErrorCode"] == refused.value.failure.code
    assert document["dataCatalogTable"] == {"tableName": "t"}


@given(values=st.lists(st.none() | st.text(), min_size=2, max_size=2), ascii=st.booleans(), indent=st.sampled_from([None, 1]))
def test_a_row_of_texts_is_one_line_with_every_letter(values: list[str | None], ascii: bool, indent: int | None) -> None:
    document = dict(zip("ab", values, strict=True))
    (row,) = TEXTS.rows(json.dumps(document, ensure_ascii=ascii, indent=indent).encode())
    assert json.loads(row) == document
    assert b"\n" not in row


def test_of_a_name_that_stands_twice_the_last_counts() -> None:
    assert [json.loads(row, object_pairs_hook=list) for row in TEXTS.rows(b'{"a": "1", "b": "x", "a": "2"}')] == [[("a", "2"), ("b", "x")]]


def test_the_file_has_the_columns_and_types_of_the_table(tmp_path: Path) -> None:
    rows, target = tmp_path / "rows.jsonl", tmp_path / "rows.parquet"
    rows.write_bytes(b"\n".join(SCHEMA.rows(b'{"name": "a\\nb", "n": 1}{"x": 2, "on": false}')) + b"\n")
    SCHEMA.write(rows, target)
    found = duckdb.sql(f"from '{target}'")
    assert [str(kind) for kind in found.types] == ["VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"]
    assert found.fetchall() == [("a\nb", 1, None, None), (None, None, 2.0, False)]
