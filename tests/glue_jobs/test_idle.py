"""A run with nothing new starts no Spark, and whatever there is to do starts it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from contracts.contract import Column
from glue_jobs.common.accounts import Account, State
from glue_jobs.common.edge import GlueJob
from glue_jobs.common.errors import LostTableError
from glue_jobs.common.table import Table
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import HEADER, readings

ROW = "Elbe,2013-01-01,7,"


def _settled(spark: SparkSession, buckets: Path, name: str) -> Lake:
    """Return a lake in which one run has settled all there is."""
    lake = Lake(spark, buckets, readings(name))
    lake.land("a.csv", HEADER, ROW)
    assert lake.refresh().status == "published"
    lake.asked_for_spark = 0
    return lake


def test_a_run_with_nothing_new_starts_no_spark_and_says_what_one_that_looked_would(spark: SparkSession, buckets: Path) -> None:
    lake = _settled(spark, buckets, "idle")
    outcome = lake.refresh()
    assert (outcome.status, outcome.facts["rows"], outcome.facts["read"], lake.asked_for_spark) == ("unchanged", 1, 0, 0)
    lake.dynamodb.items.pop("looked")
    assert lake.refresh() == outcome
    assert lake.asked_for_spark > 0


def test_a_dataset_that_nothing_landed_for_is_looked_at_once(spark: SparkSession, buckets: Path) -> None:
    lake = Lake(spark, buckets, readings("idle_and_empty"))
    outcome = lake.refresh()
    assert lake.asked_for_spark > 0
    lake.asked_for_spark = 0
    assert (lake.refresh(), lake.asked_for_spark) == (outcome, 0)


def _announced(lake: Lake) -> None:
    lake.land("b.csv", HEADER, ROW)


def _unannounced(lake: Lake) -> None:
    """Land an object whose event is lost: the bookmark alone knows of it."""
    key = lake.land("b.csv", HEADER, ROW)
    lake.dynamodb.items.pop(f"object#{key}#v2")


def _unannounced_and_dated_back(lake: Lake) -> None:
    """The same, of an upload that began before the newest object came."""
    key = lake.land("b.csv", HEADER, ROW, minute=-20)
    lake.dynamodb.items.pop(f"object#{key}#v2")


def _overwritten(lake: Lake) -> None:
    key = lake.land("a.csv", HEADER, ROW)
    lake.dynamodb.items.pop(f"object#{key}#v2")


def _prepared(lake: Lake) -> None:
    lake.ledger.prepare(7, "died", [Account(object="x", version="v9", state=State.ACCOUNTED)])


def _left_a_branch(lake: Lake) -> None:
    table = Table(lake.spark, "lake_processed", lake.contract.name)
    table.create_branch("run_died", table.refs()["main"])
    lake.glue.tables[lake.contract.name] = {"metadata_location": lake.metadata(lake.contract.name)}


def _has_another_contract(lake: Lake) -> None:
    lake.contract = replace(lake.contract, columns=(*lake.contract.columns, Column(name="note", type="string", source="note")))


def _has_no_quarantine_table(lake: Lake) -> None:
    lake.warehouse.list_objects_v2 = lambda **_: {"KeyCount": 0}  # type: ignore[method-assign]
    del lake.glue.tables[f"{lake.contract.name}_quarantine"]


def _has_unreadable_metadata(lake: Lake) -> None:
    lake.glue.tables[lake.contract.name] = {"metadata_location": "s3://processed/elsewhere/00009.metadata.json"}


@pytest.mark.parametrize(
    "change",
    [
        _announced,
        _unannounced,
        _unannounced_and_dated_back,
        _overwritten,
        _prepared,
        _left_a_branch,
        _has_another_contract,
        _has_no_quarantine_table,
        _has_unreadable_metadata,
    ],
)
def test_whatever_there_is_to_do_starts_spark_and_is_done(spark: SparkSession, buckets: Path, change: Callable[[Lake], None]) -> None:
    lake = _settled(spark, buckets, f"idle{change.__name__}")
    change(lake)
    lake.refresh()
    assert lake.asked_for_spark > 0
    assert (lake.ledger.pending(), lake.ledger.prepared()) == ([], {})
    assert set(Table(spark, "lake_processed", lake.contract.name).refs()) == {"main"}
    lake.asked_for_spark = 0
    lake.refresh()
    assert lake.asked_for_spark == 0


def test_a_lost_table_is_told_without_spark_too(spark: SparkSession, buckets: Path) -> None:
    lake = _settled(spark, buckets, "idle_and_lost")
    lake.glue.tables[lake.contract.name] = {}
    with pytest.raises(LostTableError):
        lake.refresh()
    assert lake.asked_for_spark == 0


def test_a_job_that_was_never_asked_for_spark_commits_no_bookmark() -> None:
    GlueJob({}).commit()  # awsglue is not there in tests: to start it would raise
