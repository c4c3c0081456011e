from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from glue_jobs.common.errors import MainMovedError, SchemaConflictError
from glue_jobs.common.table import Table, TableColumn

LEVELS = [TableColumn(name="station", type="string", description="The river's own name"), TableColumn(name="level", type="int")]


@pytest.fixture
def table(spark: SparkSession, request: pytest.FixtureRequest) -> Table:
    name = request.node.name
    table = Table(spark, "lake_processed", name)
    table.ensure(LEVELS, ["station"], f"s3://processed/{name}")
    return table


def test_a_table_is_made_once_in_its_place_and_gains_the_columns_it_lacks(spark: SparkSession, table: Table) -> None:
    more = [*LEVELS, TableColumn(name="day", type="date")]
    table.ensure(more, ["station"], "s3://processed/elsewhere")
    table.ensure(more, ["station"], "s3://processed/elsewhere")
    assert spark.table(table.identifier).columns == ["station", "level", "day"]
    described = {row["col_name"]: row["data_type"] for row in spark.sql(f"describe extended {table.identifier}").collect()}
    assert described["Location"].startswith("s3://processed/test_")
    assert "write.merge.isolation-level=serializable" in described["Table Properties"]


@pytest.mark.parametrize(("kind", "told"), [("decimal(9, 2)", r"decimal\(9,2\)"), ("string", "string"), ("float", "float")])
def test_a_column_whose_type_changed_is_refused_with_both_types(spark: SparkSession, kind: str, told: str) -> None:
    table = Table(spark, "lake_processed", f"changed_{kind[:3]}")
    table.ensure(LEVELS, [], f"s3://processed/changed_{kind[:3]}")
    with pytest.raises(SchemaConflictError, match=f"level is int and should be {told}"):
        table.ensure([TableColumn(name="level", type=kind)], [], "s3://processed/elsewhere")


def test_a_column_is_added_widened_and_renamed_in_place(spark: SparkSession) -> None:
    table = Table(spark, "lake_processed", "in_place")
    kinds = {"station": "string", "level": "int", "depth": "float", "price": "decimal(5,2)", "small": "smallint"}
    place = "s3://processed/in_place"
    before = [TableColumn(name=name, type=kind) for name, kind in kinds.items()]
    table.ensure(before, ["bucket(2, level)", "station"], place)
    table.ensure(before, [], place)  # a smallint is an int there, and no conflict
    schema = "station string, level int, depth float, price decimal(5,2), small int"
    table.append(spark.createDataFrame([("Elbe", 7, 1.5, Decimal("9.99"), 3)], schema))
    kept = _identity(spark, table)

    wider = {"level": "bigint", "depth": "double", "price": "decimal(9,2)", "small": "smallint", "day": "date"}
    after = [
        TableColumn(name="gauge", type="string", former="station"),
        *(TableColumn(name=name, type=kind) for name, kind in wider.items()),
    ]
    for _ in range(2):
        table.ensure(after, ["bucket(2, level)", "station"], place)
        assert _identity(spark, table) == kept
    stored = spark.table(table.identifier)
    assert {field.name: field.dataType.simpleString() for field in stored.schema} == {
        "gauge": "string", "level": "bigint", "depth": "double", "price": "decimal(9,2)", "small": "int", "day": "date",
    }  # fmt: skip
    big = spark.createDataFrame(
        [("Oder", 2**40, 0.1, Decimal("1234567.89"), 4)], "gauge string, level bigint, depth double, price decimal(9,2), small int"
    )
    table.append(big)
    assert sorted(tuple(row) for row in spark.table(table.identifier).collect()) == [
        ("Elbe", 7, 1.5, Decimal("9.99"), 3, None),
        ("Oder", 2**40, 0.1, Decimal("1234567.89"), 4, None),
    ]


def _identity(spark: SparkSession, table: Table) -> tuple[object, ...]:
    """Return what a table is known by: a replaced table would have another number, a rewritten row another file, a commit of rows another snapshot."""
    jvm: Any = spark._jvm
    found = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, table.identifier)
    files = sorted(row["file_path"] for row in spark.table(f"{table.identifier}.files").collect())
    return found.operations().current().uuid(), found.location(), files, tuple(table.refs().items())


def test_readers_see_a_branch_when_main_has_moved_to_it_and_not_before(spark: SparkSession, table: Table) -> None:
    assert table.refs() == {}
    table.create_branch("run_1", None)
    table.append(spark.createDataFrame([("Elbe", 1), (None, None)], "station string, level int"), "run_1")
    assert spark.table(table.identifier).count() == 0
    table.fast_forward("run_1")
    main = table.refs()["main"]
    assert (table.at(main).count(), table.rows(main), main in table.history()) == (2, 2, True)
    table.drop_branch("run_1")
    assert table.refs() == {"main": main}


def test_main_does_not_go_where_another_writers_commit_would_be_lost(spark: SparkSession, table: Table) -> None:
    row = spark.createDataFrame([("Elbe", 1)], "station string, level int")
    table.append(row)
    table.create_branch("run_1", table.refs()["main"])
    table.append(row, "run_1")
    table.append(row)
    with pytest.raises(MainMovedError, match="another writer committed"):
        table.fast_forward("run_1")


def test_a_column_that_left_the_contract_is_null_in_new_rows(spark: SparkSession, table: Table) -> None:
    table.append(spark.createDataFrame([("Elbe",)], "station string"))
    assert spark.table(table.identifier).collect() == [("Elbe", None)]
