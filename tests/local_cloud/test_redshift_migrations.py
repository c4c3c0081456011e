"""What is made of contracts, run through the Data API: more than one batch takes, types that change, roles with each other's rights."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from config.datasets import dataset_folders
from config.read import ROOT, settings
from contracts.contract import Column, Contract
from contracts.read import read
from lambdas.migrate.data_api import DataApi, StatementError
from lambdas.migrate.handler import records
from tests.local_cloud.running import LocalCloud, refusal
from tests.local_cloud.warehouses import DATABASE, Warehouse, warehouse
from warehouse.apply import BOOTSTRAP, Work, states, work
from warehouse.definitions import definitions
from warehouse.plan import MOST_STATEMENTS, Plan

PUNCTUALITY = read(dataset_folders(settings(ROOT / "config" / "prod.yaml")))["daily_punctuality"]
SHELVES = ("create schema lake", "create schema native", "create role lake_loader", "create role lake_analyst")
WIDE = 200  # columns, each with a description


@pytest.fixture(scope="module")
def house(cloud: LocalCloud) -> Warehouse:
    made = warehouse(cloud, "shelves")
    for statement in (*BOOTSTRAP, *SHELVES):
        made.run(statement)
    return made


@pytest.fixture(scope="module")
def api(cloud: LocalCloud, house: Warehouse) -> DataApi:
    secret = cloud.client("redshift-serverless").get_namespace(namespaceName=house.name)["namespace"]["adminPasswordSecretArn"]
    return DataApi(client=house.api, workgroup=house.name, database=DATABASE, secret=secret, remaining=lambda: 60)


def plan(*columns: Column) -> Plan:
    """Return the plan of one copy with a key and further columns."""
    product: Contract = replace(PUNCTUALITY, name="wide", columns=(Column(name="k", type="bigint"), *columns), key=("k",), partition_by=())
    product = replace(product, native=replace(PUNCTUALITY.native, distribute_by="auto", sort_by=()) if PUNCTUALITY.native else None)
    return Plan(definitions=tuple(one for one in definitions([product], {}) if one.name == "table:wide"))


def wide(said: str) -> Plan:
    return plan(*(Column(name=f"c{number}", type="bigint", description=f"{said} {number}") for number in range(WIDE)))


def carried_out(api: DataApi, tasks: Sequence[Work]) -> None:
    for task in tasks:
        for transaction in task.transactions:
            api.run(transaction, task.name)


def told(house: Warehouse) -> dict[str, Any]:
    query = "select column_name, remarks from svv_columns where table_schema = 'native' and table_name = 'wide' and remarks is not null"
    return dict(house.rows(query))


def test_a_batch_of_more_statements_than_aws_takes_is_refused(house: Warehouse) -> None:
    taken = house.api.batch_execute_statement
    assert "a batch has 1 to 40 statements, this one has 41" in refusal(taken, **house.place, Sqls=["select 1"] * (MOST_STATEMENTS + 1))


def test_a_product_of_200_columns_is_made_with_all_of_their_descriptions_and_recorded_at_the_end(house: Warehouse, api: DataApi) -> None:
    made = wide("column")
    (task,) = work(made, records(api))
    assert len(task.transactions) > 5
    carried_out(api, [task])
    assert told(house) == {f"c{number}": f"column {number}" for number in range(WIDE)}
    assert work(made, records(api)) == []


def test_one_that_fails_in_the_middle_is_told_as_applied_in_part_and_goes_through_the_next_time_with_its_rows(
    house: Warehouse, api: DataApi
) -> None:
    house.run("insert into native.wide (k, c7) values (1, 70)")
    made = wide("other")
    (task,) = work(made, records(api))
    broken = replace(task, transactions=(*task.transactions[:3], (*task.transactions[3][:2], "select cast('x' as integer)")))
    with pytest.raises(StatementError, match="statement 3 of 3 failed"):
        carried_out(api, [broken])
    assert [state for _, _, state, _ in states(made, records(api))] == ["in part"]
    assert house.rows("select k, c7 from native.wide") == [[1, 70]]
    carried_out(api, work(made, records(api)))
    assert [state for _, _, state, _ in states(made, records(api))] == ["applied"]
    assert told(house)["c199"] == "other 199"
    assert house.rows("select k, c7 from native.wide") == [[1, 70]]


def test_a_later_part_fails_where_somebody_applied_another_version_meanwhile(house: Warehouse, api: DataApi) -> None:
    (first,), (second,) = work(wide("first"), records(api)), work(wide("second"), records(api))
    api.run(first.transactions[0], "first")
    api.run(second.transactions[0], "second")
    with pytest.raises(StatementError, match="was applied meanwhile"):
        api.run(first.transactions[1], "first")
    carried_out(api, [replace(second, transactions=second.transactions[1:])])
    assert work(wide("second"), records(api)) == []


def test_a_type_that_a_row_does_not_fit_never_fails_a_deploy_the_copy_begins_empty(house: Warehouse, api: DataApi) -> None:
    carried_out(api, work(plan(Column(name="code", type="string"), Column(name="n", type="int")), records(api)))
    house.run("delete from native.wide", "insert into native.wide (k, code, n) values (1, 'no date', 7)")
    carried_out(api, work(plan(Column(name="code", type="string"), Column(name="n", type="bigint")), records(api)))
    assert house.rows("select code, n from native.wide") == [["no date", 7]]
    carried_out(api, work(plan(Column(name="code", type="date"), Column(name="n", type="bigint")), records(api)))
    assert house.rows("select code, n from native.wide") == []
