"""Upkeep beside the job: what compaction moves and what retention expires, no refresh loses or doubles."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from contracts.contract import Contract, Load
from glue_jobs.common.ledger import Ledger
from glue_jobs.common.table import Table
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import HEADER, readings

ELBE, ODER, MAIN = "Elbe,2013-01-01,7,", "Oder,2013-01-02,9,", "Main,2013-01-03,5,"
ROWS = "station, level"


class DiedError(Exception):
    """The process was killed."""


def _die(*_: Any, **__: Any) -> None:
    raise DiedError


def compact(lake: Lake) -> int:
    """Do as the optimizer does, and return how many files it rewrote."""
    call = f"call glue_catalog.system.rewrite_data_files(table => 'lake_processed.{lake.contract.name}', options => map('rewrite-all', 'true'))"
    return int(lake.spark.sql(call).collect()[0]["rewritten_data_files_count"])


def expire(lake: Lake, retain: int = 1) -> None:
    """Expire every snapshot that may be, as if days had passed."""
    later = f"{datetime.now(UTC) + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}"
    table = f"lake_processed.{lake.contract.name}"
    lake.spark.sql(
        f"call glue_catalog.system.expire_snapshots(table => '{table}', older_than => timestamp '{later}', retain_last => {retain})"
    )


def snapshots(lake: Lake) -> set[int]:
    return set(Table(lake.spark, "lake_processed", lake.contract.name).summaries())


@pytest.fixture
def lake_of(spark: SparkSession, buckets: Path) -> Callable[[Contract], Lake]:
    return lambda contract: Lake(spark, buckets, contract)


LakeOf = Callable[[Contract], Lake]


@pytest.mark.parametrize("times", [pytest.param(1, marks=pytest.mark.matrix), 2])
@pytest.mark.parametrize("load", [Load.UPSERT, pytest.param(Load.APPEND, marks=pytest.mark.matrix)])
def test_a_compaction_between_write_and_publish_loses_nothing_and_the_refresh_publishes(
    lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch, load: Load, times: int
) -> None:
    lake = lake_of(readings(f"beside_{load.value}_{times}", load=load, key=("at", "station") if load is Load.UPSERT else ()))
    for name, line in {"a.csv": ELBE, "b.csv": ODER}.items():
        lake.land(name, HEADER, line)
        lake.refresh()
    prepare = Ledger.prepare
    rewritten: list[int] = []

    def compacted_meanwhile(self: Ledger, *given: Any) -> None:
        prepare(self, *given)
        if len(rewritten) < times:
            rewritten.append(compact(lake))

    monkeypatch.setattr(Ledger, "prepare", compacted_meanwhile)
    lake.land("c.csv", HEADER, MAIN)
    outcome = lake.refresh()
    assert rewritten == [2, 1][:times]
    assert [step["attempt"] for step in lake.steps if step["step"] == "moved"] == list(range(1, times + 1))
    assert (outcome.status, outcome.facts["inserted"], outcome.facts["rows"]) == ("published", 1, 3)
    assert lake.rows(ROWS) == [("Elbe", 7), ("Main", 5), ("Oder", 9)]
    assert (lake.ledger.pending(), lake.ledger.prepared()) == ([], {})


@pytest.mark.matrix
@pytest.mark.parametrize("compactions", [0, 1, 3])
@pytest.mark.parametrize("load", [Load.UPSERT, Load.APPEND])
def test_what_a_dead_run_published_is_recorded_once_though_all_that_may_expire_has_expired(
    lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch, load: Load, compactions: int
) -> None:
    lake = lake_of(readings(f"expired_{load.value}_{compactions}", load=load, key=("at", "station") if load is Load.UPSERT else ()))
    lake.land("a.csv", HEADER, ELBE)
    lake.refresh()
    lake.land("b.csv", HEADER, ODER)
    with monkeypatch.context() as patch:
        patch.setattr("glue_jobs.common.publish.record", _die)
        with pytest.raises(DiedError):
            lake.refresh()
    ((prepared, _),) = lake.ledger.prepared().items()
    for _ in range(compactions):
        assert compact(lake)
    expire(lake)
    assert prepared in snapshots(lake)
    lake.refresh()
    assert lake.rows(ROWS) == [("Elbe", 7), ("Oder", 9)]
    assert (lake.ledger.pending(), lake.ledger.prepared()) == ([], {})
    expire(lake)
    assert len(snapshots(lake)) == 1


@pytest.mark.parametrize("load", [Load.UPSERT, pytest.param(Load.APPEND, marks=pytest.mark.matrix)])
def test_what_a_dead_run_did_not_publish_is_read_again_though_all_that_may_expire_has_expired(
    lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch, load: Load
) -> None:
    lake = lake_of(readings(f"unpublished_{load.value}", load=load, key=("at", "station") if load is Load.UPSERT else ()))
    lake.land("a.csv", HEADER, ELBE)
    lake.refresh()
    lake.land("b.csv", HEADER, ODER)
    with monkeypatch.context() as patch:
        patch.setattr("glue_jobs.common.publish._fast_forward", _die)
        with pytest.raises(DiedError):
            lake.refresh()
    compact(lake)
    compact(lake)
    expire(lake)
    assert lake.rows(ROWS) == [("Elbe", 7)]
    lake.refresh()
    assert lake.rows(ROWS) == [("Elbe", 7), ("Oder", 9)]
    assert (lake.ledger.pending(), lake.ledger.prepared()) == ([], {})


def test_a_snapshot_that_a_product_reads_outlasts_the_commits_that_the_last_ones_leave_room_for(lake_of: LakeOf) -> None:
    lake = lake_of(readings("pinned", load=Load.APPEND, key=()))
    lake.land("a.csv", HEADER, ELBE)
    lake.refresh()
    table = Table(lake.spark, "lake_processed", "pinned")
    pinned = table.refs()["main"]
    for number in range(2):
        lake.land(f"{number}.csv", HEADER, ODER)
        lake.refresh()
    expire(lake, retain=3)
    assert table.at(pinned).count() == 1
    expire(lake, retain=2)
    assert pinned not in snapshots(lake)


def test_a_run_that_published_once_and_died_the_second_time_is_not_taken_for_published_twice(
    lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = lake_of(readings("twice", load=Load.APPEND, key=()))
    lake.land("a.csv", HEADER, ELBE)
    lake.refresh()
    lake.runs -= 1  # a job that is started again has the id of the refresh
    lake.land("b.csv", HEADER, ODER)
    with monkeypatch.context() as patch:
        patch.setattr("glue_jobs.common.publish._fast_forward", _die)
        with pytest.raises(DiedError):
            lake.refresh()
    lake.refresh()
    assert lake.rows(ROWS) == [("Elbe", 7), ("Oder", 9)]
