"""The job from its first step to its last, on folders and memory; the script itself runs in the end to end tests."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession

from contracts.contract import Column, Contract, Field, Load
from glue_jobs.common.errors import AuditFailedError, ObjectReplacedError
from glue_jobs.common.publish import publish
from glue_jobs.common.table import Table
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import HEADER, SOURCE, readings

ELBE, ODER = "Elbe,2013-01-01,7,", "Oder,2013-01-02,9,"
ROWS = "station, level"


@pytest.fixture
def lake_of(spark: SparkSession, buckets: Path) -> Callable[[Contract], Lake]:
    return lambda contract: Lake(spark, buckets, contract)


LakeOf = Callable[[Contract], Lake]


def _totals(outcome: Any) -> dict[str, Any]:
    return {name: number for name, number in outcome.facts.items() if number and name not in ("snapshot", "warnings")}


def test_a_clean_file_is_published_and_landing_it_again_changes_nothing(lake_of: LakeOf) -> None:
    lake = lake_of(readings("clean"))
    lake.land("a.csv", HEADER, ELBE, ODER)
    outcome = lake.refresh()
    assert (outcome.status, _totals(outcome)) == ("published", {"read": 2, "inserted": 2, "objects": 1, "rows": 2})
    published = lake.ledger.publication()["snapshot"]

    lake.land("b.csv", HEADER, ELBE, ODER)
    outcome = lake.refresh()
    assert (outcome.status, _totals(outcome)) == ("unchanged", {"read": 2, "unchanged": 2, "objects": 1, "rows": 2})
    assert lake.ledger.publication()["snapshot"] == published
    assert (lake.rows(ROWS), lake.ledger.pending(), lake.ledger.prepared()) == ([("Elbe", 7), ("Oder", 9)], [], {})


def test_a_dirty_file_is_taken_apart_row_by_row_once_however_often_it_is_read(lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = lake_of(readings("dirty"))
    lake.land("a.csv", HEADER, ELBE)
    lake.refresh()
    key = lake.land("b.csv", HEADER, "Elbe,2013-01-01,8,", "Elbe,2013-01-01", "Oder,NA,high,", "", ODER)
    monkeypatch.setattr("glue_jobs.common.batch.check_closed", _die)
    with pytest.raises(DiedError):
        lake.refresh()
    monkeypatch.undo()
    outcome = lake.refresh()
    assert _totals(outcome) == {"read": 4, "inserted": 1, "updated": 1, "quarantined": 2, "objects": 1, "rows": 2}
    assert lake.rows(ROWS) == [("Elbe", 8), ("Oder", 9)]
    assert lake.rows("_reasons, _object, _record", "dirty_quarantine") == [
        (["level: 'high' is not int", "at is missing"], key, "Oder,NA,high,"),
        (["the line has 2 fields, but the contract has 4"], key, "Elbe,2013-01-01"),
    ]


class DiedError(Exception):
    """The process was killed."""


def _die(*_: Any, **__: Any) -> None:
    raise DiedError


def test_an_object_that_the_bookmark_skips_is_read_because_the_ledger_waits_for_it(lake_of: LakeOf) -> None:
    lake = lake_of(readings("skipped"))
    lake.bookmark = False
    lake.land("a.csv", HEADER, ELBE)
    lake.refresh()
    assert lake.rows(ROWS) == [("Elbe", 7)]


def test_an_object_whose_event_was_lost_is_read_once_because_the_bookmark_gives_it(lake_of: LakeOf) -> None:
    lake = lake_of(readings("unannounced", load=Load.APPEND, key=()))
    key = lake.land("a.csv", HEADER, ELBE)
    lake.dynamodb.items.clear()
    lake.refresh()
    lake.fresh.append(key)  # the bookmark was rewound
    assert lake.refresh().status == "unchanged"
    assert (lake.rows(ROWS), lake.item(f"object#{key}#v1")["state"]) == ([("Elbe", 7)], "accounted")


def test_objects_that_cannot_be_read_are_refused_with_their_reason_and_the_others_are_taken(lake_of: LakeOf) -> None:
    lake = lake_of(readings("refused"))
    cut = lake.land("cut.csv.gz", body=gzip.compress(f"{HEADER}\n{ELBE}\n".encode())[:-12])
    wrong = lake.land("wrong.csv", "station,at,depth,note", ELBE)
    gone = lake.land("gone.csv", HEADER)
    lake.s3.delete(gone)
    lake.fresh.remove(gone)
    lake.land("empty.csv")
    lake.land("good.csv", HEADER, ODER)
    outcome = lake.refresh()
    assert (outcome.status, lake.rows(ROWS), outcome.facts["objects"]) == ("published", [("Oder", 9)], 5)
    assert lake.item(f"object#{cut}#v1")["reason"] == "the gzip file is truncated: it ends before its end mark"
    assert lake.item(f"object#{wrong}#v2")["reason"].startswith("its header lacks ['level']")
    assert lake.item(f"object#{gone}#v3")["state"] == "gone"
    assert lake.ledger.pending() == []


def test_an_empty_file_is_a_run_with_no_rows_and_no_commit(lake_of: LakeOf) -> None:
    lake = lake_of(readings("empty"))
    lake.land("a.csv")
    outcome = lake.refresh()
    assert (outcome.status, _totals(outcome), lake.ledger.publication()) == ("unchanged", {"objects": 1}, {})


def test_the_newest_snapshot_is_the_table_and_one_without_a_good_row_empties_nothing(lake_of: LakeOf) -> None:
    lake = lake_of(readings("snapshots_whole", load=Load.SNAPSHOT))
    lake.land("a.csv", HEADER, ELBE, ODER)
    lake.refresh()
    old = lake.land("late.csv", HEADER, "Main,2013-01-01,1,", minute=0)
    lake.land("b.csv", HEADER, ODER, "Main,2013-01-01,3,")
    outcome = lake.refresh()
    assert _totals(outcome) == {"read": 2, "inserted": 1, "unchanged": 1, "deleted": 1, "objects": 2, "rows": 2}
    assert lake.item(f"object#{old}#v2")["state"] == "superseded"

    lake.land("c.csv", HEADER, "Main,2013-01-01,high,")
    outcome = lake.refresh()
    assert (outcome.status, outcome.facts["warnings"]) == ("unchanged", ["the newest object has no good row: the table stays as it was"])
    assert lake.rows(ROWS) == [("Main", 3), ("Oder", 9)]


def test_a_failed_audit_leaves_readers_what_they_had_and_the_objects_waiting(lake_of: LakeOf) -> None:
    lake = lake_of(readings("audited"))
    lake.land("a.csv", HEADER, "Elbe,2013-01-01,0,")
    with pytest.raises(AuditFailedError, match="rule not all zero is broken: value is 0, wanted value > 0"):
        lake.refresh()
    assert (lake.rows(ROWS), len(lake.ledger.pending()), lake.ledger.prepared()) == ([], 1, {})
    assert Table(lake.spark, "lake_processed", "audited").refs() == {}


def test_where_another_writer_moves_main_the_run_classifies_and_writes_again(lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = lake_of(readings("moved"))
    lake.land("a.csv", HEADER, ELBE)
    lake.refresh()
    calls: list[str] = []

    def compacted_meanwhile(run: Any, table: Table, write: Any) -> Any:
        commit = write.commit

        def commit_after_another(branch: str) -> None:
            calls.append(branch)
            if len(calls) == 1:
                table.delete("station = 'Elbe'")
            commit(branch)

        return publish(run, table, type(write)(**{**vars(write), "commit": commit_after_another}))

    monkeypatch.setattr("glue_jobs.common.refresh.publish", compacted_meanwhile)
    lake.land("b.csv", HEADER, ELBE, ODER)
    outcome = lake.refresh()
    assert (len(calls), _totals(outcome)) == (2, {"read": 2, "inserted": 2, "objects": 1, "rows": 2})
    assert lake.rows(ROWS) == [("Elbe", 7), ("Oder", 9)]


def test_an_object_that_is_overwritten_while_it_is_read_fails_the_run(lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = lake_of(readings("replaced"))
    key = lake.land("a.csv", HEADER, ELBE)
    monkeypatch.setattr("glue_jobs.raw_to_processed.quarantine", lambda *_: lake.s3.put(key, f"{HEADER}\n{ELBE}\n"))
    with pytest.raises(ObjectReplacedError, match=r"replaced/files/ingest_date=2013-01-01/a\.csv"):
        lake.refresh()


def _parquet(folder: Path, values: str) -> bytes:
    """Return a Parquet file of what DuckDB makes of `values`."""
    path = folder / "made.parquet"
    duckdb.sql(f"from (values {values}").write_parquet(str(path))
    return path.read_bytes()


def test_parquet_is_read_by_name_each_object_with_its_own_types_and_what_does_not_fit_is_set_apart(lake_of: LakeOf, tmp_path: Path) -> None:
    types = {"Station": "string", "level": "int", "$.made.cost": "decimal(20,10)"}
    contract = readings("columnar", load=Load.APPEND, key=(), partition_by=(), row_rules=(), rules=())
    fields = tuple(Field(name=name, type=kind) for name, kind in types.items())
    source = replace(SOURCE, location="columnar/files/", format="parquet", fields=fields)
    names = {"station": "Station", "level": "level", "cost": "$.made.cost"}
    columns = tuple(Column(name=name, type=types[field], source=field) for name, field in names.items())
    lake = lake_of(replace(contract, source=source, columns=columns))
    cost = Decimal("1234567890.0123456789")
    made = f'struct_pack("cost" := {cost}::decimal(20, 10), "by" := \'x\')'
    lake.land("a.parquet", body=_parquet(tmp_path, f"('Elbe', 7::bigint, {made}), (null, null, null)) as rows(Station, level, made)"))
    lake.land("b.parquet", body=_parquet(tmp_path, "('9', 1::bigint), ('high', 2)) as rows(level, other)"))
    cut = lake.land("cut.parquet", body=_parquet(tmp_path, "(1::bigint)) as rows(level)")[:-3])
    whole = _parquet(tmp_path, "(1::bigint), (2)) as rows(level)")
    damaged = lake.land("damaged.parquet", body=whole[:4] + bytes(len(whole) // 4) + whole[4 + len(whole) // 4 :])
    outcome = lake.refresh()
    assert _totals(outcome) == {"read": 4, "inserted": 3, "quarantined": 1, "objects": 4, "rows": 3, "unknown": {"other": 2}}
    assert lake.rows("station, level, cost") == [("Elbe", 7, cost), (None, 9, None), (None, None, None)]
    assert lake.rows("_reasons, _record", "columnar_quarantine") == [(["level: 'high' is not int"], '{"level":"high","other":"2"}')]
    assert lake.item(f"object#{cut}#v3")["reason"] == "not a readable Parquet file: it does not end in PAR1"
    assert lake.item(f"object#{damaged}#v4")["reason"].startswith("not a readable Parquet file: ")
