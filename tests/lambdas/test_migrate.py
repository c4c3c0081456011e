"""The function as CloudFormation and as people call it, over a warehouse that keeps what it is told."""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest

from lambdas.migrate import handler
from lambdas.migrate.data_api import StatementError
from stacks.archive import archive
from stacks.warehouse_code import LIMITS, MIGRATES
from tests.lambdas.conftest import Answered
from warehouse.plan import Definition, Migration, Plan, Table, digest

PLAN = Plan(
    migrations=(
        Migration(name="0001_a", statements=("first",), checksum=digest("a")),
        Migration(name="0002_b", statements=("second",), checksum=digest("b")),
    ),
    definitions=(
        Definition(name="schema:consumer", statements=("alone",), alone=True),
        Definition(
            name="table:p",
            statements=("grant",),
            table=Table(name='"p"', columns={'"k"': "date"}, key=('"k"',), body='("k" date)'),
            load="p",
        ),
    ),
)


class Warehouse:
    """Runs transactions, remembers those that hold, and fails where it is told to."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.records: list[dict[str, str]] = []
        self.fails_at = ""

    def run(self, statements: list[str], named: str) -> None:
        if self.fails_at and self.fails_at in statements:
            raise StatementError(f"{named}: statement 1 of 1 failed: ERROR")
        self.ran += statements
        for statement in statements:
            if statement.startswith("insert into lake_admin.migrations"):
                kind, checksum = ("migration" if "'migration'" in statement else "definition"), statement.split("'")[5]
                self.records.append({"name": named, "kind": kind, "checksum": checksum, "columns": "", "applied_at": "now"})

    def rows(self, statement: str, named: str) -> list[dict[str, str]]:
        if "lake_admin.loads" in statement:
            return [{"dataset": "p", "snapshot": "1", "row_count": "6", "run": "r", "loaded_at": "now"}]
        if not self.ran:
            raise StatementError('records: relation "lake_admin.migrations" does not exist')
        return list(self.records)


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Warehouse:
    made = Warehouse()
    (tmp_path / "plan.json").write_text(PLAN.to_json(), encoding="utf-8")
    monkeypatch.setattr(handler, "PLAN", tmp_path / "plan.json")
    monkeypatch.setattr(handler, "_api", lambda _: made)
    return made


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    requested: list[str] = []
    monkeypatch.setattr(handler, "_request_load", requested.append)
    return requested


def ask(**event: Any) -> dict[str, Any] | None:
    return handler.handle(event, None)


def test_everything_is_done_in_order_and_a_new_copy_is_loaded(warehouse: Warehouse, loads: list[str]) -> None:
    assert ask(action="migrate") == {"applied": ["0001_a", "0002_b", "schema:consumer", "table:p"]}
    assert [statement for statement in warehouse.ran if statement in ("first", "second", "alone", "grant")] == [
        "first",
        "second",
        "alone",
        "grant",
    ]
    assert loads == ["p"]


def test_a_second_time_there_is_nothing_to_do(warehouse: Warehouse, loads: list[str]) -> None:
    ask(action="migrate")
    assert ask(action="migrate") == {"applied": []}
    assert loads == ["p"]


def test_a_failure_says_what_failed_and_what_was_done_and_the_next_time_goes_on_there(warehouse: Warehouse, loads: list[str]) -> None:
    warehouse.fails_at = "second"
    with pytest.raises(handler.MigrationError, match=r"0002_b: statement 1 of 1 failed: ERROR. Done before that: 0001_a\."):
        ask(action="migrate")
    warehouse.fails_at = ""
    assert ask(action="migrate") == {"applied": ["0002_b", "schema:consumer", "table:p"]}


def test_a_changed_migration_stops_before_anything_is_done(warehouse: Warehouse, loads: list[str]) -> None:
    ask(action="migrate")
    warehouse.records[0]["checksum"] = digest("edited")
    before = list(warehouse.ran)
    with pytest.raises(handler.MigrationError, match="0001_a was changed after it was applied"):
        ask(action="migrate")
    assert [statement for statement in warehouse.ran[len(before) :] if "create" not in statement] == []


def test_the_state_is_told_before_the_first_migration_and_after_it(warehouse: Warehouse, loads: list[str]) -> None:
    before = ask(action="status")
    assert before is not None
    assert {one["state"] for one in before["migrations"]} == {"pending"}
    assert before["loads"] == []
    ask(action="migrate")
    after = ask(action="status")
    assert after is not None
    assert {one["state"] for one in after["migrations"]} == {"applied"}
    assert after["loads"] == [{"dataset": "p", "snapshot": "1", "row_count": 6, "run": "r", "loaded_at": "now"}]


def test_an_unknown_action_is_told_with_the_known_ones(warehouse: Warehouse) -> None:
    with pytest.raises(handler.MigrationError, match="action is 'drop', expected one of status, migrate"):
        ask(action="drop")


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_deploy_applies_the_plan(kind: str, warehouse: Warehouse, loads: list[str], answered: Answered) -> None:
    handler.handle(answered.request(kind), None)
    assert [told["Status"] for told in answered.answers] == ["SUCCESS"]
    assert "second" in warehouse.ran


def test_a_deploy_whose_migration_fails_fails_with_its_words(warehouse: Warehouse, loads: list[str], answered: Answered) -> None:
    warehouse.fails_at = "second"
    handler.handle(answered.request("Update"), None)
    (told,) = answered.answers
    assert told["Status"] == "FAILED"
    assert "0002_b: statement 1 of 1 failed" in told["Reason"]


def test_deleting_asks_the_warehouse_nothing_and_never_fails(monkeypatch: pytest.MonkeyPatch, answered: Answered) -> None:
    monkeypatch.setattr(handler, "_api", lambda _: pytest.fail("the warehouse was asked"))
    handler.handle(answered.request("Delete"), None)
    assert [told["Status"] for told in answered.answers] == ["SUCCESS"]


@pytest.mark.parametrize(("patterns", "module"), [(MIGRATES, "lambdas.migrate.handler"), (LIMITS, "lambdas.usage_limit.handler")])
def test_a_function_s_archive_holds_all_that_it_imports(patterns: tuple[str, ...], module: str, tmp_path: Path) -> None:
    zipfile.ZipFile(archive(patterns, {"plan.json": "{}"})).extractall(tmp_path)
    installed = str(Path(boto3.__file__).parents[1])  # the runtime has boto3
    code = f"import sys; sys.path += [{str(tmp_path)!r}, {installed!r}]; import {module}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
