import pytest

from cli.common.athena import values
from cli.common.options import Format
from cli.common.tables import cell, write

COLUMNS = ["carrier", "flights"]
ROWS: list[list[object]] = [["AA", 1200], ["a,b", None]]


def test_csv_quotes_what_needs_it_and_leaves_null_empty(capsys: pytest.CaptureFixture[str]) -> None:
    write(COLUMNS, ROWS, Format.CSV)
    assert capsys.readouterr().out == 'carrier,flights\nAA,1200\n"a,b",\n'


def test_json_has_an_object_per_row(capsys: pytest.CaptureFixture[str]) -> None:
    write(COLUMNS, ROWS[1:], Format.JSON)
    assert capsys.readouterr().out == '[\n {\n  "carrier": "a,b",\n  "flights": null\n }\n]\n'


def test_the_table_for_people_sets_thousands_apart(capsys: pytest.CaptureFixture[str]) -> None:
    write(COLUMNS, ROWS, Format.TABLE)
    assert "1,200" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (True, "true"), (1234, "1,234"), (1.005, "1.00"), (["a", 1], "a; 1"), ("[red]", "[red]")]
)
def test_a_cell_reads_as_a_person_writes(value: object, text: str) -> None:
    assert cell(value) == text


def test_text_in_brackets_is_not_taken_for_a_style(capsys: pytest.CaptureFixture[str]) -> None:
    write(["text"], [["[bold]x[/bold]"]], Format.TABLE)
    assert "[bold]x[/bold]" in capsys.readouterr().out


def test_athenas_texts_become_values_of_their_types() -> None:
    types = ["bigint", "double", "boolean", "varchar", "date", "bigint"]
    assert values(types, ["7", "1.5", "true", "x", "2013-01-01", None]) == [7, 1.5, True, "x", "2013-01-01", None]
