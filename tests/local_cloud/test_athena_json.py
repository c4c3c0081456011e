"""Tables of JSON lines, read as their SerDe reads them."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from local_cloud.athena import hive

COLUMNS = [("errorcode", "string"), ("attemptsmade", "bigint"), ("at", "date"), ("a/b", "double")]


def rows(folder: Path, text: str, columns: list[tuple[str, str]] = COLUMNS) -> list[tuple[Any, ...]]:
    file = folder / "lines"
    file.write_text(text, encoding="utf-8")
    found = hive.Files((), (str(file),), 1)
    reader = hive._READERS["jsonserde"]
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT {', '.join(reader.select(columns))} FROM {reader.read(found, columns, {}, 0)}").fetchall()


@pytest.mark.parametrize("name", ["errorCode", "ErrorCode", "errorcode", "ERRORCODE"])
def test_a_member_is_found_by_its_name_in_any_case(name: str, tmp_path: Path) -> None:
    assert rows(tmp_path, f'{{"{name}": "a\\n\\"b", "attemptsMade": 4}}\n') == [('a\n"b', 4, None, None)]


def test_values_are_of_the_types_of_their_columns_and_what_is_missing_is_null(tmp_path: Path) -> None:
    text = '{"at": "2013-01-01", "a/b": 2.5, "errorCode": null}\n{"errorCode": {"a": 1}}\n'
    assert [str(row) for row in rows(tmp_path, text)] == [
        "(None, None, datetime.date(2013, 1, 1), 2.5)",
        "('{\"a\":1}', None, None, None)",
    ]


def test_structures_are_read_by_their_own_names(tmp_path: Path) -> None:
    assert rows(tmp_path, '{"who": {"name": "a"}, "id": 1}\n', [("id", "int"), ("who", "struct<name:string>")]) == [(1, {"name": "a"})]
