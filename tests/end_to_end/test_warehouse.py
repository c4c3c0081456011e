"""The warehouse follows the lake: what is published is in its copy, and what is not any more is not."""

from pathlib import Path

import pytest

from tests.end_to_end.copies import COLUMNS, copied, in_lake, load, spoil
from tests.end_to_end.files import airlines, first_rows, months
from tests.end_to_end.lake import Lake

ROWS = 400


@pytest.fixture(scope="module")
def landed(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = first_rows(months()[0], tmp_path_factory.mktemp("files"), ROWS)
    lake.land("airlines", airlines())
    lake.land("flights", file)
    lake.wait()
    return file


def test_a_refreshed_product_is_the_same_in_athena_through_spectrum_in_its_copy_and_in_the_files(lake: Lake, landed: Path) -> None:
    wanted = in_lake(lake)
    assert sum(row["flights"] for row in wanted) == ROWS
    assert lake.query(f"select {COLUMNS} from lake.daily_punctuality order by 1, 2", engine="redshift") == wanted
    assert copied(lake) == wanted
    shown = lake.run("warehouse", "status").stdout
    assert "up to date" in shown
    assert not {"pending", "changed", "unknown", "behind"} & set(shown.split())


def test_what_the_lake_does_not_have_goes_from_the_copy_and_what_the_copy_lacks_comes(lake: Lake, landed: Path) -> None:
    spoil(lake)
    assert copied(lake) != in_lake(lake)
    assert load(lake) == "SUCCEEDED"
    assert copied(lake) == in_lake(lake)


def test_a_question_that_redshift_cannot_answer_fails_in_one_line(lake: Lake, landed: Path) -> None:
    failed = lake.run("query", "select nothing from lake.daily_punctuality", "--engine", "redshift", fails=True)
    assert failed.stderr.strip().splitlines() == ['the query failed: column "nothing" does not exist']
