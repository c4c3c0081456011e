from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from contracts.contract import Contract, Load
from glue_jobs.common.changes import CHANGE, absent, changed, classify, key_range, rank, to_write
from tests.glue_jobs.samples import readings

MONDAY = datetime(2013, 1, 7)
OBJECT = "_arrived_at timestamp, _object string, _version string, _sequence string"
SCHEMA = f"station string, level int, {OBJECT}, _record_hash long, _reasons array<string>, _record string"
LATEST = readings("latest", key=("station",))

Record = tuple[str | None, int, int, list[str] | None]  # station, level, minute of arrival, reasons


def _frame(spark: SparkSession, records: list[Record]) -> DataFrame:
    rows = [
        (station, level, MONDAY + timedelta(minutes=minute), f"object-{minute}", "v1", None, level, reasons, "line" if reasons else None)
        for station, level, minute, reasons in records
    ]
    return spark.createDataFrame(rows, SCHEMA)


def _changes(batch: DataFrame, stored: DataFrame | None, contract: Contract = LATEST) -> list[tuple[Any, ...]]:
    rows = classify(rank(batch, contract), stored, contract).select("station", "level", CHANGE).collect()
    return sorted((tuple(row) for row in rows), key=repr)


def test_on_an_empty_table_the_last_record_of_a_key_is_inserted_and_broken_rows_are_set_apart(spark: SparkSession) -> None:
    batch = _frame(spark, [("Elbe", 1, 1, None), ("Elbe", 2, 2, None), (None, 3, 3, ["station is missing"])])
    assert _changes(batch, None) == [("Elbe", 1, "duplicate"), ("Elbe", 2, "inserted"), (None, 3, "quarantined")]


def test_a_stored_row_gives_way_to_a_later_record_that_differs_and_to_no_other(spark: SparkSession) -> None:
    stored = _frame(spark, [("Elbe", 1, 5, None), ("Oder", 1, 5, None), ("Rhein", 1, 5, None)])
    batch = _frame(spark, [("Elbe", 2, 6, None), ("Oder", 1, 6, None), ("Rhein", 2, 4, None), ("Main", 1, 1, None)])
    assert _changes(batch, stored) == [("Elbe", 2, "updated"), ("Main", 1, "inserted"), ("Oder", 1, "unchanged"), ("Rhein", 2, "unchanged")]


def test_a_broken_row_takes_no_key_from_a_good_one(spark: SparkSession) -> None:
    stored = _frame(spark, [("Elbe", 1, 1, None)])
    batch = _frame(spark, [("Elbe", 2, 2, None), ("Elbe", 3, 3, ["level is below 1000"])])
    assert _changes(batch, stored) == [("Elbe", 2, "updated"), ("Elbe", 3, "quarantined")]


def test_latest_by_goes_before_arrival(spark: SparkSession) -> None:
    contract = readings("by_level", key=("station",), latest_by=("level",))
    batch = _frame(spark, [("Elbe", 9, 1, None), ("Elbe", 2, 2, None)])
    assert _changes(batch, None, contract) == [("Elbe", 2, "duplicate"), ("Elbe", 9, "inserted")]


def test_the_newest_snapshot_is_right_whatever_the_order_of_its_rows_says(spark: SparkSession) -> None:
    contract = readings("snapshots", key=("station",), latest_by=("level",), load=Load.SNAPSHOT)
    stored = _frame(spark, [("Elbe", 9, 1, None), ("Oder", 1, 1, None), ("Main", 4, 1, None)])
    ranked = rank(_frame(spark, [("Elbe", 2, 2, None), ("Oder", 1, 2, None)]), contract)
    changes = classify(ranked, stored, contract)
    assert sorted((row["station"], row[CHANGE]) for row in changes.collect()) == [("Elbe", "updated"), ("Oder", "unchanged")]
    assert [row["station"] for row in absent(stored, ranked, contract).collect()] == ["Main"]
    assert to_write(changes, contract, "run-1").count() == 2


def test_without_a_key_every_good_row_is_inserted(spark: SparkSession) -> None:
    contract = readings("appended", key=(), load=Load.APPEND)
    batch = _frame(spark, [("Elbe", 1, 1, None), ("Elbe", 1, 1, None), ("Elbe", 1, 1, ["broken"])])
    assert [change for _, _, change in _changes(batch, None, contract)] == ["inserted", "inserted", "quarantined"]


def test_only_what_changes_the_table_is_written_with_its_run_and_without_what_explained_it(spark: SparkSession) -> None:
    batch = _frame(spark, [("Elbe", 1, 1, None), ("Elbe", 2, 2, None), (None, 3, 3, ["station is missing"])])
    changes = classify(rank(batch, LATEST), None, LATEST)
    written = to_write(changes, LATEST, "run-1")
    assert written.columns == ["station", "level", "_arrived_at", "_object", "_record_hash", "_run_id"]
    assert [(row["level"], row["_run_id"]) for row in written.collect()] == [(2, "run-1")]
    assert changed(changes).count() == 1


def test_the_range_of_keys_is_in_literals_and_in_the_zone_of_the_session_and_leaves_broken_rows_out(spark: SparkSession) -> None:
    contract = readings("ranged", key=("_arrived_at",))
    within = key_range(rank(_frame(spark, [("a", 1, 0, None), ("b", 1, 9, None), ("c", 1, 90, ["broken"])]), contract), contract)
    lowest, highest = "cast('2013-01-07 00:00:00' as timestamp)", "cast('2013-01-07 00:09:00' as timestamp)"
    assert within.condition("stored") == f"stored.`_arrived_at` >= {lowest} and stored.`_arrived_at` <= {highest}"


def test_a_batch_of_broken_rows_has_no_range(spark: SparkSession) -> None:
    assert key_range(rank(_frame(spark, [("a", 1, 0, ["broken"])]), LATEST), LATEST).condition() == "false"


@pytest.fixture(scope="module")
def winners_of(spark: SparkSession) -> Any:
    def winners(records: list[Record]) -> set[tuple[str, int, str]]:
        written = to_write(classify(rank(_frame(spark, records), LATEST), None, LATEST), LATEST, "run")
        return {(row["station"], row["level"], row["_object"]) for row in written.collect()}

    return winners


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 3), st.none()), min_size=1, max_size=8), st.randoms())
def test_who_wins_does_not_depend_on_the_order_of_the_records(winners_of: Any, records: list[Record], random: Any) -> None:
    shuffled = random.sample(records, len(records))
    last = {station: max((r[2], r[1]) for r in records if r[0] == station) for station in {r[0] for r in records}}
    expected = {(station, level, f"object-{minute}") for station, (minute, level) in last.items()}
    assert winners_of(shuffled) == expected
