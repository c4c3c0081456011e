from dataclasses import replace

import pytest

from warehouse.apply import DEFINITION, MIGRATION, PlanError, Record, states, work
from warehouse.plan import MOST_STATEMENTS, Definition, Migration, Plan, Table, digest

FIRST = Migration(name="0001_a", statements=("create table a.t (c int)",), checksum=digest("a"))
SECOND = Migration(name="0002_b", statements=("drop table a.t",), checksum=digest("b"))
VIEW = Definition(name="view:p", statements=('create view lake."p" as select 1',))
ROLE = Definition(name="role:lake_analyst", statements=("create role lake_analyst",), once=True)
SCHEMA = Definition(name="schema:consumer", statements=("create external schema if not exists consumer",), alone=True)
TABLE = Definition(
    name="table:p",
    statements=("grant select on native.p",),
    table=Table(name='"p"', columns={'"k"': "date", '"v"': "bigint"}, key=('"k"',), body='("k" date not null, "v" bigint)'),
    load="p",
)


def applied(*made: Migration | Definition) -> list[Record]:
    return [
        Record(
            name=one.name,
            kind=MIGRATION if isinstance(one, Migration) else DEFINITION,
            checksum=one.checksum,
            columns=dict(one.table.columns) if isinstance(one, Definition) and one.table else {},
        )
        for one in made
    ]


def test_a_migration_is_one_transaction_that_is_alone_once_and_recorded() -> None:
    (task,) = work(Plan(migrations=(FIRST,)), [])
    ((lock, guard, statement, record),) = task.transactions
    assert lock == "lock lake_admin.migrations"
    assert "as integer) as is_new" in guard
    assert "where name = '0001_a'" in guard
    assert statement == FIRST.statements[0]
    assert record.startswith("insert into lake_admin.migrations")
    assert FIRST.checksum in record


def test_what_is_applied_is_not_done_again_and_the_rest_is_done_in_order() -> None:
    plan = Plan(migrations=(FIRST, SECOND), definitions=(ROLE, VIEW))
    assert [task.name for task in work(plan, applied(FIRST))] == ["0002_b", "role:lake_analyst", "view:p"]
    assert work(plan, applied(FIRST, SECOND, ROLE, VIEW)) == []


def test_a_changed_applied_migration_is_an_error_that_says_what_to_do() -> None:
    changed = replace(FIRST, checksum=digest("other"))
    with pytest.raises(PlanError, match=r"0001_a was changed after it was applied \(it was .{12}, it is .{12}\): put it back as it was"):
        work(Plan(migrations=(changed, SECOND)), applied(FIRST))


def test_a_new_migration_before_an_applied_one_is_an_error() -> None:
    with pytest.raises(PlanError, match="0001_a comes before 0002_b, which is applied already: give it a higher number"):
        work(Plan(migrations=(FIRST, SECOND)), applied(SECOND))


def test_a_new_migration_of_the_lake_may_come_before_applied_ones_of_the_company() -> None:
    theirs = replace(FIRST, name="company/0001_theirs")
    assert [task.name for task in work(Plan(migrations=(FIRST, theirs)), applied(theirs))] == ["0001_a"]


def test_a_changed_definition_is_made_anew_but_one_that_is_made_once_is_not() -> None:
    view, role = replace(VIEW, statements=("create view 2",)), replace(ROLE, statements=("create role 2",))
    (task,) = work(Plan(definitions=(role, view)), applied(ROLE, VIEW))
    assert task.transactions[0][1:3] == ("delete from lake_admin.migrations where name = 'view:p'", "create view 2")


def test_after_a_rollback_what_a_later_version_made_of_contracts_goes_and_its_migrations_stay() -> None:
    tasks = work(Plan(migrations=(FIRST,)), applied(FIRST, SECOND, VIEW, TABLE, ROLE))
    assert {task.name: task.transactions[0][2:] for task in tasks} == {
        "view:p": ('drop view if exists lake."p"',),
        "table:p": ('drop table if exists native."p"',),
    }


def test_a_role_that_left_the_plan_stays_and_is_not_made_again_when_it_comes_back() -> None:
    assert work(Plan(), applied(ROLE)) == []
    assert [state for _, _, state, _ in states(Plan(), applied(ROLE))] == ["left"]
    assert work(Plan(definitions=(ROLE,)), applied(ROLE)) == []


def test_a_new_table_is_made_and_loaded() -> None:
    (task,) = work(Plan(definitions=(TABLE,)), [])
    assert task.transactions[0][2] == 'create table native."p" ("k" date not null, "v" bigint)'
    assert task.load == "p"


def test_a_changed_table_keeps_its_rows_for_its_readers_until_it_is_loaded_again() -> None:
    assert TABLE.table is not None
    wider = replace(TABLE, table=replace(TABLE.table, columns={**TABLE.table.columns, '"n"': "real"}, body="(wider)"))
    (task,) = work(Plan(definitions=(wider,)), applied(TABLE))
    assert task.transactions[0][2:7] == (
        'create table native."p__next" (wider)',
        'insert into native."p__next" ("k", "v") select cast("k" as date), cast("v" as bigint) from native."p"',
        'drop table native."p"',
        'alter table native."p__next" rename to "p"',
        "grant select on native.p",
    )
    assert task.load == "p"


def test_a_table_with_another_key_begins_empty_since_its_rows_lack_the_new_one() -> None:
    assert TABLE.table is not None
    other = replace(TABLE, table=replace(TABLE.table, columns={'"n"': "real"}, key=('"n"',), body="(other)"))
    (task,) = work(Plan(definitions=(other,)), applied(TABLE))
    assert not any(statement.startswith("insert into native") for statement in task.transactions[0])


def with_type(kind: str) -> Definition:
    assert TABLE.table is not None
    return replace(TABLE, table=replace(TABLE.table, columns={**TABLE.table.columns, '"v"': kind}, body=f"(v {kind})"))


@pytest.mark.parametrize(
    ("kind", "keeps_its_rows"), [("decimal(38,0)", True), ("integer", False), ("varchar(65535)", False), ("date", False)]
)
def test_a_table_whose_column_gets_a_type_that_a_row_might_not_fit_begins_empty(kind: str, keeps_its_rows: bool) -> None:
    (task,) = work(Plan(definitions=(with_type(kind),)), applied(TABLE))
    assert any(statement.startswith("insert into native") for statement in task.transactions[0]) == keeps_its_rows
    assert task.load == "p"


def test_of_a_table_that_an_older_version_recorded_without_types_no_row_is_taken_for_one_that_fits() -> None:
    (record,) = applied(TABLE)
    (task,) = work(Plan(definitions=(with_type("integer"),)), [replace(record, columns=dict.fromkeys(record.columns, ""))])
    assert not any(statement.startswith("insert into native") for statement in task.transactions[0])


MANY = replace(VIEW, statements=tuple(f"comment {number}" for number in range(90)))


def test_what_one_transaction_does_not_take_is_several_each_with_its_record() -> None:
    (task,) = work(Plan(definitions=(MANY,)), [])
    assert len(task.transactions) == 3
    assert max(map(len, task.transactions)) <= MOST_STATEMENTS
    assert [statement for transaction in task.transactions for statement in transaction if statement.startswith("comment")] == [
        *MANY.statements
    ]
    assert [MANY.checksum in transaction[-1] for transaction in task.transactions] == [False, False, True]
    assert all(transaction[0] == "lock lake_admin.migrations" for transaction in task.transactions)
    assert all("count(*) = 1 then" in transaction[1] for transaction in task.transactions[1:])


def test_what_was_applied_in_part_is_told_and_done_again_from_its_first_part_on() -> None:
    part = replace(applied(MANY)[0], checksum=f"1/3:{MANY.checksum[:40]}")
    assert [state for _, _, state, _ in states(Plan(definitions=(MANY,)), [part])] == ["in part"]
    (task,) = work(Plan(definitions=(MANY,)), [part])
    assert task.transactions[0][1:3] == ("delete from lake_admin.migrations where name = 'view:p'", "comment 0")


def test_what_redshift_wants_alone_is_run_before_the_transaction_that_records_it() -> None:
    (task,) = work(Plan(definitions=(SCHEMA,)), [])
    assert task.before == SCHEMA.statements
    assert not set(SCHEMA.statements) & set(task.transactions[0])


def test_the_state_of_everything_is_told() -> None:
    changed = replace(FIRST, checksum=digest("other"))
    plan = Plan(migrations=(changed, SECOND), definitions=(VIEW, ROLE))
    known = [*applied(FIRST, VIEW), replace(applied(ROLE)[0], checksum="older"), Record(name="0007_z", kind=MIGRATION, checksum="z")]
    assert {name: state for name, _, state, _ in states(plan, known)} == {
        "0001_a": "changed",
        "0002_b": "pending",
        "view:p": "applied",
        "role:lake_analyst": "applied",
        "0007_z": "unknown",
    }


def test_a_plan_travels_as_json() -> None:
    plan = Plan(migrations=(FIRST, SECOND), definitions=(ROLE, SCHEMA, VIEW, TABLE))
    assert Plan.from_json(plan.to_json()) == plan
    assert [one.checksum for one in Plan.from_json(plan.to_json()).definitions] == [one.checksum for one in plan.definitions]
