from pathlib import Path

import pytest

from warehouse.migrations import MigrationFileError, read
from warehouse.plan import MOST_STATEMENTS, OWN_STATEMENTS


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("warehouse/migrations", "company/warehouse"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def write(root: Path, name: str, text: str, folder: str = "warehouse/migrations") -> Path:
    path = root / folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_migrations_are_read_in_order() -> None:
    found = read()
    assert next(migration.name for migration in found if "/" not in migration.name) == "0001_schemas"
    assert all(migration.statements and len(migration.checksum) == 64 for migration in found)


def test_statements_are_told_apart_by_semicolons_outside_of_texts_and_comments(root: Path) -> None:
    write(root, "0001_a.sql", "-- first; really\ncreate schema if not exists a;\ninsert into a.b values ('x;y');\n")
    (migration,) = read(root)
    assert migration.statements == ("create schema if not exists a", "insert into a.b values ('x;y')")


def test_the_company_s_come_after_the_lake_s(root: Path) -> None:
    write(root, "0001_theirs.sql", "select 1", "company/warehouse")
    write(root, "0009_ours.sql", "select 1")
    assert [migration.name for migration in read(root)] == ["0009_ours", "company/0001_theirs"]


def test_line_ends_of_another_system_do_not_change_a_checksum(root: Path) -> None:
    write(root, "0001_a.sql", "select 1;\nselect 2;\n")
    (unix,) = read(root)
    (root / "warehouse/migrations/0001_a.sql").write_bytes(b"select 1;\r\nselect 2;\r\n")
    (windows,) = read(root)
    assert unix.checksum == windows.checksum


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("0001_a.sql", "create schema a;\n\ncreate tabel a.b (c int);\n", ":3: not SQL of Redshift: create tabel makes nothing"),
        ("0001_a.sql", "create schema a;\n\ncreate table a.b (c int));\n", ":3: not SQL of Redshift: Invalid expression"),
        ("0001_a.sql", "select 1;\nselect coalesce(c from t;\n", ":2: not SQL of Redshift"),
        ("0001_a.sql", "select 'open", ":1: not SQL"),
        ("0001_a.sql", "-- nothing\n", ":1: no statement; a migration does something"),
        ("0001_a.sql", "begin;\nselect 1;\n", ":1: begin is not for a migration, which is one transaction as a whole; take it out"),
        ("0001_a.sql", "select 1;\ntruncate a.b;\n", ":2: truncate commits what is before it"),
        ("0001_a.sql", "select 1;\nvacuum a.b;\n", ":2: Redshift runs vacuum outside of a transaction alone"),
        (
            "0001_a.sql",
            "select 1;" * (MOST_STATEMENTS - OWN_STATEMENTS + 1),
            ":1: 37 statements, and one transaction of the Data API takes 36",
        ),
        ("first.sql", "select 1", ":1: a migration is named by four digits and what it does, as 0002_add_regions.sql"),
    ],
)
def test_a_file_that_could_not_be_applied_is_told_with_its_line(name: str, text: str, problem: str, root: Path) -> None:
    path = write(root, name, text)
    with pytest.raises(MigrationFileError) as caught:
        read(root)
    assert any(found.startswith(f"{path}{problem}") for found in caught.value.problems), caught.value.problems


def test_two_of_one_number_are_refused(root: Path) -> None:
    write(root, "0001_a.sql", "select 1")
    write(root, "0001_b.sql", "select 1")
    with pytest.raises(MigrationFileError, match=r"0001_b\.sql:1: number 0001 is taken by 0001_a\.sql; give it the next free one"):
        read(root)
