"""Rows and objects that were set apart are taken in again, or dropped, exactly once, and the accounts close."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from contracts.asked import Ask
from contracts.contract import Column, Contract, Field, Load
from glue_jobs.common.accounts import Account, check_closed
from tests.glue_jobs.lake import Lake, ask
from tests.glue_jobs.process import StoppedError
from tests.glue_jobs.samples import HEADER, SOURCE, STREAM, readings, streamed

ELBE, ODER, BROKEN = "Elbe,2013-01-01,7,", "Oder,2013-01-02,9,", "Main,2013-01-03,2000,"
ROWS = "station, level"
LakeOf = Callable[[Contract], Lake]


@pytest.fixture
def lake_of(spark: SparkSession, buckets: Path) -> LakeOf:
    return lambda contract: Lake(spark, buckets, contract)


def mend(lake: Lake) -> None:
    """Let the contract take what it refused."""
    lake.contract = replace(lake.contract, row_rules=())


def account(lake: Lake, key: str) -> dict[str, int]:
    """Return the numbers of an object's account that are not 0, once it is sure that they close."""
    (item,) = [lake.item(item) for item in lake.dynamodb.items if item.startswith(f"object#{key}#")]
    check_closed([Account.from_item(item)])
    return {
        name: int(item[name]) for name in ("read", "inserted", "updated", "unchanged", "duplicate", "quarantined", "dropped") if item[name]
    }


def apart(lake: Lake) -> list[Any]:
    return [row[0] for row in lake.rows("_record", f"{lake.contract.name}_quarantine")]


@pytest.mark.parametrize("load", [pytest.param(Load.UPSERT, marks=pytest.mark.matrix), Load.APPEND])
def test_rows_that_are_good_by_now_come_into_the_table_once_however_often_it_is_asked(lake_of: LakeOf, load: Load) -> None:
    lake = lake_of(readings(f"again_{load}", load=load, key=() if load is Load.APPEND else ("station",)))
    key = lake.land("a.csv", HEADER, ELBE, BROKEN, "Weser,2013-01-04,high,")
    lake.refresh()
    mend(lake)
    for _ in range(2):
        ask(lake, key)
        outcome = lake.refresh()
    assert (lake.rows(ROWS), apart(lake)) == ([("Elbe", 7), ("Main", 2000)], ["Weser,2013-01-04,high,"])
    assert account(lake, key) == {"read": 3, "inserted": 2, "quarantined": 1}
    assert (outcome.status, outcome.facts["read"], lake.ledger.asked()) == ("unchanged", 1, [])
    assert lake.item(f"object#{key}#v1")["reason"].startswith("1 of 3 records are in quarantine: level: 'high' is not int")


def test_a_row_that_is_taken_again_has_the_arrival_it_had_so_that_later_records_win(lake_of: LakeOf) -> None:
    lake = lake_of(readings("again_late", key=("station",)))
    old = lake.land("a.csv", HEADER, BROKEN)
    lake.land("b.csv", HEADER, "Main,2013-01-05,3,")
    lake.refresh()
    mend(lake)
    ask(lake, old)
    lake.refresh()
    assert (lake.rows(ROWS), account(lake, old)) == ([("Main", 3)], {"read": 1, "unchanged": 1})


def test_rows_of_an_object_that_is_gone_from_raw_or_overwritten_are_taken_again(lake_of: LakeOf) -> None:
    lake = lake_of(readings("again_gone", load=Load.APPEND, key=()))
    key = lake.land("a.csv", HEADER, ELBE, BROKEN)
    lake.refresh()
    ask(lake, key)
    mend(lake)
    lake.land("a.csv", HEADER, "Main,2013-01-09,1,", "Rhein,2013-01-04,high,")
    lake.refresh()
    assert lake.rows(ROWS) == [("Elbe", 7), ("Main", 1), ("Main", 2000)]
    assert apart(lake) == ["Rhein,2013-01-04,high,"]
    assert [int(lake.item(f"object#{key}#{version}")["inserted"]) for version in ("v1", "v2")] == [2, 1]


def test_the_fields_of_a_row_are_read_in_the_order_that_its_object_had(lake_of: LakeOf) -> None:
    lake = lake_of(readings("again_order", key=("station",)))
    key = lake.land("a.csv", "level,note,at,station", "2000,,2013-01-03,Main")
    lake.land("b.csv", HEADER, BROKEN.replace("Main", "Rhein"))
    lake.refresh()
    lake.contract = replace(
        readings("again_order", key=("station",), row_rules=()),
        source=replace(SOURCE, location="again_order/files/", fields=(*SOURCE.fields, Field(name="depth", type="int"))),
        columns=(*lake.contract.columns, Column(name="depth", type="int", source="depth")),
    )
    ask(lake, key)
    lake.refresh()
    assert lake.rows("station, level, depth") == [("Main", 2000, None)]
    assert apart(lake) == [BROKEN.replace("Main", "Rhein")]


def a_row_that_is_taken_again_is_one_of_its_object(lake_of: LakeOf, name: str) -> None:
    """Check that of two records of one object and key the same one wins, whether they are read together or one of them later."""
    records = [f"Main,2013-01-{day:02d},{level}," for day in range(1, 13) for level in (7, 2000)]
    part, batch = (lake_of(readings(f"{name}_{way}")) for way in ("part", "batch"))
    mend(batch)
    batch.land("a.csv", HEADER, *records)
    batch.refresh()
    key = part.land("a.csv", HEADER, *records)
    part.refresh()
    mend(part)
    ask(part, key)
    part.refresh()
    assert part.rows("day(at), level") == batch.rows("day(at), level")
    assert {level for _, level in part.rows("day(at), level")} == {7, 2000}


def test_a_row_that_is_taken_again_is_one_of_its_object(lake_of: LakeOf) -> None:
    a_row_that_is_taken_again_is_one_of_its_object(lake_of, "again_whole")


def test_records_of_the_stream_are_taken_again(lake_of: LakeOf) -> None:
    lake = lake_of(streamed("again_stream", key=("station",)))
    record = '{"station":"Main","at":"2013-01-03","level":2000}'
    row = {
        "dataset": "x",
        "event_time": "2013-01-03T00:00:00Z",
        "arrival_time": "2013-01-03T00:00:07Z",
        "sequence_number": "5",
        "record": record,
    }
    key = lake.stream("a.parquet", row)
    lake.refresh()
    mend(lake)
    ask(lake, key)
    lake.refresh()
    assert [(station, str(at)) for station, at in lake.rows("station, _arrived_at")] == [("Main", "2013-01-03 00:00:07")]
    assert STREAM.enveloped


def test_a_refused_object_is_read_again_and_a_dropped_one_never(lake_of: LakeOf) -> None:
    lake = lake_of(readings("again_refused"))
    good = lake.land("a.csv", "station;at;level;note", "Elbe;2013-01-01;7;")
    bad = lake.land("b.csv", "nonsense", "x")
    lake.refresh()
    assert lake.contract.source
    lake.contract = replace(lake.contract, source=replace(lake.contract.source, delimiter=";"))
    ask(lake, good)
    ask(lake, bad, Ask.DROP)
    lake.refresh()
    assert (lake.rows(ROWS), account(lake, good)) == ([("Elbe", 7)], {"read": 1, "inserted": 1})
    item = lake.item(f"object#{bad}#v2")
    assert (item["state"], item["dropped_by"], item["dropped_because"], lake.ledger.asked()) == ("dropped", "ada", "a test", [])
    lake.fresh.append(bad)  # the bookmark was rewound
    assert lake.refresh().status == "unchanged"
    assert lake.item(f"object#{bad}#v2")["state"] == "dropped"


def test_the_rows_of_a_snapshot_are_taken_again_with_all_of_it(lake_of: LakeOf) -> None:
    lake = lake_of(readings("again_snapshot", load=Load.SNAPSHOT))
    key = lake.land("a.csv", HEADER, ELBE, BROKEN)
    lake.refresh()
    mend(lake)
    ask(lake, key)
    lake.refresh()
    assert (lake.rows(ROWS), apart(lake)) == ([("Elbe", 7), ("Main", 2000)], [])
    assert account(lake, key) == {"read": 2, "inserted": 1, "unchanged": 1}


def test_dropped_rows_are_gone_and_the_account_says_who_and_why(lake_of: LakeOf) -> None:
    lake = lake_of(readings("dropped", load=Load.APPEND, key=()))
    key = lake.land("a.csv", HEADER, ELBE, BROKEN)
    kept = lake.land("b.csv", HEADER, ODER, BROKEN)
    lake.refresh()
    ask(lake, key, Ask.DROP)
    lake.refresh()
    assert (lake.rows("_object", "dropped_quarantine"), lake.rows(ROWS)) == ([(kept,)], [("Elbe", 7), ("Oder", 9)])
    assert account(lake, key) == {"read": 2, "inserted": 1, "dropped": 1}
    assert lake.item(f"object#{key}#v1")["reason"] == "1 of 2 records were dropped by ada: a test"
    ask(lake, key)
    mend(lake)
    lake.refresh()
    assert (lake.rows(ROWS), account(lake, key)) == ([("Elbe", 7), ("Oder", 9)], {"read": 2, "inserted": 1, "dropped": 1})


def test_an_object_that_is_replayed_is_in_quarantine_as_its_last_account_says(lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = lake_of(readings("replayed", key=("station",)))
    key = lake.land("a.csv", HEADER, ELBE, BROKEN)
    good = lake.land("b.csv", HEADER, ODER)
    lake.refresh()
    rules = lake.contract.row_rules
    for step in ("same", "mended", "as before", "dropped"):
        lake.contract = replace(lake.contract, row_rules=() if step == "mended" else rules)
        if step == "dropped":
            ask(lake, key, Ask.DROP)
            lake.refresh()
            assert account(lake, key) == {"read": 2, "unchanged": 1, "dropped": 1}
        lake.ledger.wait_again(key, "v1")
        with monkeypatch.context() as patch, contextlib.suppress(StoppedError):
            patch.setattr("glue_jobs.raw_to_processed.publish_changes", _die)  # its rows are set apart, and it has accounted for nothing
            lake.refresh()
        lake.spark.catalog.clearCache()
        lake.refresh()
        assert (apart(lake), account(lake, key).get("quarantined", 0)) == (([], 0) if step == "mended" else ([BROKEN], 1))
    assert (lake.item(f"object#{key}#v1").keys() & {"dropped_by", "dropped_because", "dropped_at"}, lake.ledger.asked()) == (set(), [])
    assert account(lake, good) == {"read": 1, "inserted": 1}


def test_an_object_that_is_gone_cannot_be_replayed_and_keeps_its_account(lake_of: LakeOf) -> None:
    lake = lake_of(readings("replayed_gone"))
    key = lake.land("a.csv", HEADER, ELBE, BROKEN)
    lake.refresh()
    lake.s3.delete(key)
    lake.ledger.wait_again(key, "v1")
    outcome = lake.refresh()
    assert _warnings(outcome.facts) == [f"{key} was not read again, and its account stays: it was deleted before it was read"]
    assert (lake.ledger.pending(), account(lake, key), apart(lake)) == ([], {"read": 2, "inserted": 1, "quarantined": 1}, [BROKEN])


def _die(*_: object) -> None:
    raise StoppedError


def test_rows_that_somebody_deleted_are_missed_and_nothing_is_taken_again(lake_of: LakeOf) -> None:
    lake = lake_of(readings("again_short"))
    key = lake.land("a.csv", HEADER, ELBE, BROKEN, "Weser,2013-01-04,high,")
    lake.refresh()
    lake.spark.sql("delete from glue_catalog.lake_processed.again_short_quarantine where _record like 'Main%'")
    mend(lake)
    ask(lake, key)
    outcome = lake.refresh()
    (warning,) = [str(warning) for warning in _warnings(outcome.facts)]
    assert warning.startswith(f"{key} was not taken again: by its account 2 of its rows are in quarantine, and 1 are there")
    assert (lake.rows(ROWS), account(lake, key)) == ([("Elbe", 7)], {"read": 3, "inserted": 1, "quarantined": 2})
    assert lake.ledger.asked() == []


def _warnings(facts: Mapping[str, object]) -> list[object]:
    found = facts["warnings"]
    assert isinstance(found, list)
    return found
