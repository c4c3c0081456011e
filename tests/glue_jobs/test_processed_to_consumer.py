from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from contracts.contract import Column, Contract, Rule, Severity
from glue_jobs.common.errors import AuditFailedError, BrokenResultError, SchemaConflictError
from glue_jobs.common.product import check_columns, check_result
from glue_jobs.common.run import Outcome
from glue_jobs.common.table import Table, TableColumn
from glue_jobs.processed_to_consumer import refresh
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import HIGHEST

LEVELS = [TableColumn(name="station", type="string"), TableColumn(name="level", type="int")]


@pytest.fixture
def readings(spark: SparkSession, request: pytest.FixtureRequest) -> Iterator[Table]:
    """The product's only input, published with three rows."""
    table = Table(spark, "lake_processed", "readings")
    table.ensure(LEVELS, [], f"s3://processed/{request.node.name}")
    _append(spark, table, ("Elbe", 7), ("Elbe", 3), ("Oder", None))
    yield table
    spark.sql(f"drop table {table.identifier}")


def _append(spark: SparkSession, table: Table, *rows: tuple[Any, ...]) -> None:
    table.append(spark.createDataFrame(list(rows), "station string, level int"))


def _product(lake: Lake) -> list[tuple[Any, ...]]:
    return lake.rows("station, level")


def _refresh(lake: Lake) -> Outcome:
    lake.glue.tables[lake.contract.name] = {"metadata_location": "there"}
    return refresh(lake.run(), dict.fromkeys(lake.contract.inputs, "lake_processed"))


def _lake(spark: SparkSession, buckets: Any, name: str, **changes: Any) -> Lake:
    return Lake(spark, buckets, replace(HIGHEST, name=name, **changes))


def test_a_product_whose_input_was_never_published_waits(spark: SparkSession, buckets: Any) -> None:
    lake = _lake(spark, buckets, "waiting", inputs=("nowhere", "neither"))
    assert _refresh(lake) == Outcome(status="waiting", facts={"cause": "never published: nowhere, neither"})


def test_a_product_is_rebuilt_when_an_input_or_its_contract_has_changed_and_not_otherwise(
    spark: SparkSession, buckets: Any, readings: Table
) -> None:
    lake = _lake(spark, buckets, "rebuilt")
    outcome = _refresh(lake)
    assert (outcome.status, outcome.facts["rows"], _product(lake)) == ("published", 2, [("Elbe", 7), ("Oder", None)])
    assert spark.table("glue_catalog.lake_processed.rebuilt").dtypes == [("station", "string"), ("level", "bigint")]
    assert _refresh(lake) == Outcome(status="unchanged", facts={"rows": 2})

    _append(spark, readings, ("Elbe", 8))
    assert (_refresh(lake).status, _product(lake)) == ("published", [("Elbe", 8), ("Oder", None)])
    lake.contract = replace(lake.contract, sql="select min(level) as level, station from readings where level > 3 group by station")
    assert (_refresh(lake).status, _product(lake)) == ("published", [("Elbe", 7)])


def test_a_compaction_of_the_product_is_no_reason_to_build_it_again(spark: SparkSession, buckets: Any, readings: Table) -> None:
    lake = _lake(spark, buckets, "compacted")
    _refresh(lake)
    spark.sql("delete from glue_catalog.lake_processed.compacted where station = 'Oder'")
    assert _refresh(lake).status == "unchanged"


def test_a_product_whose_last_build_has_expired_is_built_once_more_with_the_same_result(
    spark: SparkSession, buckets: Any, readings: Table
) -> None:
    lake = _lake(spark, buckets, "expired")
    _refresh(lake)
    table, later = "table => 'lake_processed.expired'", f"{datetime.now(UTC) + timedelta(minutes=1):%Y-%m-%d %H:%M:%S}"
    spark.sql(f"call glue_catalog.system.rewrite_data_files({table}, options => map('rewrite-all', 'true'))")
    spark.sql(f"call glue_catalog.system.expire_snapshots({table}, older_than => timestamp '{later}', retain_last => 1)")
    assert (_refresh(lake).status, _product(lake)) == ("published", [("Elbe", 7), ("Oder", None)])
    assert _refresh(lake).status == "unchanged"


def test_a_product_that_fails_its_audit_is_not_published(spark: SparkSession, buckets: Any, readings: Table) -> None:
    rule = Rule(name="three stations", scope="table", value="count(*)", wanted="value = 3", severity=Severity.ERROR)
    lake = _lake(spark, buckets, "unaudited", rules=(rule,))
    with pytest.raises(AuditFailedError, match="three stations is broken: value is 2"):
        _refresh(lake)
    assert _product(lake) == []


def test_a_query_with_other_columns_than_the_contract_is_refused_with_their_names() -> None:
    with pytest.raises(SchemaConflictError, match="lacks level; has depth, which the contract does not name"):
        check_columns(["station", "depth"], HIGHEST)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([("Elbe", "7"), ("Elbe", "8")], r"the key \(station\) is not unique in 1 rows"),
        ([(None, "7")], "station is missing in 1 rows"),
        ([("Elbe", "high"), ("Oder", "low")], "level is not bigint in 2 rows"),
    ],
)
def test_a_result_that_breaks_the_contract_is_refused_with_the_number_of_rows(spark: SparkSession, rows: list[Any], fault: str) -> None:
    with pytest.raises(BrokenResultError, match=fault):
        check_result(spark.createDataFrame(rows, "station string, level string"), HIGHEST)


def test_a_result_as_the_contract_has_it_passes(spark: SparkSession) -> None:
    keyless: Contract = replace(HIGHEST, key=(), columns=(Column(name="level", type="bigint"),))
    check_result(spark.createDataFrame([("Elbe", "7"), ("Oder", None)], "station string, level string"), HIGHEST)
    check_result(spark.createDataFrame([(7,), (7,)], "level int"), keyless)
