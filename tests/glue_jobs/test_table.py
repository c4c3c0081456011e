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


def test_a_column_whose_type_changed_is_refused_with_both_types(table: Table) -> None:
    with pytest.raises(SchemaConflictError, match="level is int and should be decimal\\(9,2\\)"):
        table.ensure([TableColumn(name="level", type="decimal(9, 2)")], [], "s3://processed/elsewhere")


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
