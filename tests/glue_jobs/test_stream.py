"""Records that came by the stream: objects of envelopes, refreshed beside files."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from contracts.contract import Contract
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import HEADER, streamed

LakeOf = Callable[[Contract], Lake]
ROWS = "station, level"


@pytest.fixture
def lake_of(spark: SparkSession, buckets: Path) -> LakeOf:
    return lambda contract: Lake(spark, buckets, contract)


def row(record: str, sequence: int | str, arrived: str = "2013-01-05T06:00:00.000Z") -> Mapping[str, str | None]:
    return {"dataset": "readings", "event_time": None, "arrival_time": arrived, "sequence_number": str(sequence), "record": record}


def reading(station: str, level: object, **more: object) -> str:
    return json.dumps({"station": station, "at": "2013-01-01T00:00:00Z", "level": level, **more})


def totals(outcome: Any) -> dict[str, int]:
    return {
        name: number
        for name, number in outcome.facts.items()
        if number and name in ("read", "inserted", "updated", "unchanged", "duplicate", "quarantined")
    }


def test_records_of_the_stream_and_lines_of_files_make_one_table_and_every_object_is_accounted_for(lake_of: LakeOf) -> None:
    lake = lake_of(streamed("both"))
    file = lake.land("a.csv", HEADER, "Elbe,2013-01-01,7,")
    delivered = lake.stream("b.parquet", row(reading("Oder", 9), 1), row(reading("Main", None), 2))
    assert totals(lake.refresh()) == {"read": 3, "inserted": 3}
    assert lake.rows(ROWS) == [("Elbe", 7), ("Main", None), ("Oder", 9)]
    assert lake.rows("station, _object") == [("Elbe", file), ("Main", delivered), ("Oder", delivered)]
    assert lake.ledger.pending() == []


@pytest.mark.parametrize("bookmark", [True, False], ids=["by the bookmark", "by the ledger alone"])
def test_a_record_that_is_no_row_goes_to_quarantine_as_it_came_and_the_others_arrive(lake_of: LakeOf, bookmark: bool) -> None:
    lake = lake_of(streamed(f"apart_{bookmark}".lower()))
    lake.bookmark = bookmark
    broken = reading("Elbe", "high", note="a\nb")
    lake.stream("a.parquet", row(broken, 1), row("[1]", 2), row(reading("Oder", 9), 3), {"dataset": "readings"})
    assert totals(lake.refresh()) == {"read": 4, "inserted": 1, "quarantined": 3}
    apart = lake.rows("_record, _reasons", f"{lake.contract.name}_quarantine")
    assert (broken, ["level: 'high' is not int"]) in apart
    assert ("[1]", ["the line is not a JSON object"]) in apart


def test_a_record_keeps_every_character_of_its_strings(lake_of: LakeOf) -> None:
    lake = lake_of(streamed("exact"))
    station = 'line\nfeed, "quotes", tab\t, back\\slash, \u2028, \U0001f30a, \x01'
    lake.stream("a.parquet", row("{\n  " + reading(station, 1)[1:], 1))
    lake.refresh()
    assert lake.rows("station") == [(station,)]


def test_of_two_records_with_one_key_in_an_object_the_later_in_the_stream_wins_whatever_their_order_in_the_object(lake_of: LakeOf) -> None:
    lake = lake_of(streamed("sequence"))
    # 9 comes before 10, and .2 before .10, though not as texts
    lake.stream(
        "a.parquet",
        row(reading("Elbe", 2), 10),
        row(reading("Elbe", 1), 9),
        row(reading("Oder", 4), "7.10"),
        row(reading("Oder", 3), "7.2"),
    )
    assert totals(lake.refresh()) == {"read": 4, "inserted": 2, "duplicate": 2}
    assert lake.rows(ROWS) == [("Elbe", 2), ("Oder", 4)]


def test_of_two_objects_the_record_that_the_stream_got_later_wins_though_its_object_was_delivered_first(lake_of: LakeOf) -> None:
    lake = lake_of(streamed("late"))
    lake.stream("b.parquet", row(reading("Elbe", 2), 20, "2013-01-05T06:00:00.002Z"), minute=1)
    lake.refresh()
    lake.stream("a.parquet", row(reading("Elbe", 1), 19, "2013-01-05T06:00:00.001Z"), minute=9)
    assert totals(lake.refresh()) == {"read": 1, "unchanged": 1}
    assert lake.rows(ROWS) == [("Elbe", 2)]


def test_a_delivery_that_is_repeated_changes_nothing(lake_of: LakeOf) -> None:
    lake = lake_of(streamed("repeated"))
    rows = [row(reading("Elbe", 7), 1), row(reading("Oder", 9), 2)]
    lake.stream("a.parquet", *rows)
    lake.refresh()
    lake.stream("b.parquet", *rows)
    assert totals(lake.refresh()) == {"read": 2, "unchanged": 2}


def test_a_quarantined_record_that_waited_long_in_the_stream_is_set_apart_once_however_often_it_is_read(
    lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = lake_of(streamed("waited"))
    lake.stream("a.parquet", row(reading("Elbe", 7), 1))
    lake.refresh()
    lake.stream("b.parquet", row(reading("Oder", "high"), 2, "2012-06-01T00:00:00.000Z"), row(reading("Oder", 9), 3))

    def die(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("glue_jobs.common.batch.check_closed", die)
    with pytest.raises(RuntimeError):
        lake.refresh()
    monkeypatch.undo()
    lake.refresh()
    assert lake.rows("_arrived_at is not null", "waited_quarantine") == [(True,)]


def test_an_object_of_the_stream_that_is_no_parquet_is_refused_and_the_run_goes_on(lake_of: LakeOf) -> None:
    lake = lake_of(streamed("damaged"))
    lake.stream("a.parquet", row(reading("Elbe", 7), 1))
    key = lake._land("damaged/stream/ingest_date=2013-01-01/b.parquet", b"PAR1 cut short", None)
    assert totals(lake.refresh()) == {"read": 1, "inserted": 1}
    assert "not a readable Parquet file" in next(lake.item(item)["reason"] for item in lake.dynamodb.items if key in item)
