"""What keeps data from being lost, doubled or wrong, each with the check that fails where it is taken away."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from contracts.contract import Contract, Load
from glue_jobs.common.changes import _RANK, classify
from glue_jobs.common.conform import HASH, REASONS
from glue_jobs.common.errors import AccountsOpenError, AuditFailedError
from tests.glue_jobs.histories import BAND, Delete, Deliver, Drop, Land, Mend, Redrive, Replay, Rewind, Run, Step, check, lived
from tests.glue_jobs.lake import Lake, ask
from tests.glue_jobs.process import StoppedError
from tests.glue_jobs.samples import HEADER, readings
from tests.glue_jobs.test_asked import a_row_that_is_taken_again_is_one_of_its_object
from tests.glue_jobs.test_drift import a_replay_brings_in_what_the_contract_has_come_to_know, what_is_wanted_is_never_a_silent_null

LakeOf = Callable[[Contract], Lake]
DEEPEST = 16
"""Effects of a run with one object and more."""


@dataclass(frozen=True)
class Protection:
    """A part of the job that a check needs.

    Attributes:
        removed: what stands in the place of what, by dotted path, where it is taken away.
        check: raises AssertionError where the promise is broken.
    """

    name: str
    removed: Mapping[str, Any]
    check: Callable[..., None]


def dying_anywhere(folder: Path, load: Load, *history: Step) -> None:
    """Check a history whose last run dies, once after each of its effects."""
    for effects in range(DEEPEST):
        check(lived(folder, load, [*history, Run(effects)]))


def _a_rewound_bookmark(folder: Path) -> None:
    check(lived(folder, Load.APPEND, [Land("o", ("a,1",)), Run(), Rewind(), Land("p", ("b,1",))]))


def _a_long_upload(folder: Path) -> None:
    check(lived(folder, Load.UPSERT, [Run(), Land("o", ("a,1",), age=3 * BAND)]))


def _a_lost_event(folder: Path) -> None:
    check(lived(folder, Load.UPSERT, [Run(), Land("o", ("a,1",), event="never")]))


def _a_run_that_dies(folder: Path) -> None:
    dying_anywhere(folder, Load.APPEND, Land("o", ("a,1", "b,broken")))


def _two_runs_at_once(folder: Path) -> None:
    for effects in range(DEEPEST):
        check(lived(folder, Load.APPEND, [Land("o", ("a,1", "b,broken")), Run(effects, dies=False)]))


def _a_late_record_after_a_repetition(folder: Path) -> None:
    check(lived(folder, Load.UPSERT, [Land("o", ("a,1",)), Run(), Land("p", ("a,1",)), Run(), Land("q", ("a,2",), age=3)]))


def _a_late_snapshot(folder: Path) -> None:
    check(lived(folder, Load.SNAPSHOT, [Land("o", ("a,1",)), Run(), Land("p", ("a,2",), age=BAND)]))


def _an_object_deleted_before_it_was_read(folder: Path) -> None:
    check(lived(folder, Load.UPSERT, [Land("o", ("a,1",), event="late"), Delete("o"), Deliver()]))


ASKED = (Land("o", ("a,1", "b,odd", "c,broken")), Run(), Mend(), Redrive("o"))


def _a_redrive_that_dies(folder: Path) -> None:
    dying_anywhere(folder, Load.APPEND, *ASKED)


def _a_replay(folder: Path) -> None:
    check(lived(folder, Load.UPSERT, [*ASKED[:2], Replay("o")]))


def _a_replay_of_what_is_gone(folder: Path) -> None:
    check(lived(folder, Load.UPSERT, [*ASKED[:2], Delete("o"), Replay("o")]))


def _a_replay_of_what_was_dropped(folder: Path) -> None:
    check(lived(folder, Load.UPSERT, [*ASKED[:2], Drop("o"), Run(), Replay("o")]))


def _two_redrives_at_once(folder: Path) -> None:
    for effects in range(DEEPEST):
        check(lived(folder, Load.APPEND, [*ASKED, Run(effects, dies=False)]))


def _nothing(*_: Any, **__: Any) -> Any:
    return None


def _no_states(*_: Any) -> frozenset[tuple[str, str]]:
    return frozenset()


HISTORIES: Sequence[Protection] = (
    Protection(
        "ledger: what is accounted for is not read again",
        {"glue_jobs.common.arrivals._settled_before": _no_states, "glue_jobs.common.refresh.check_not_overtaken": _nothing},
        _a_rewound_bookmark,
    ),
    Protection("ledger: what the bookmark passes over is read", {"glue_jobs.common.run.RawRun.pending": lambda _: []}, _a_long_upload),
    Protection("bookmark: what no event told of is read", {"tests.glue_jobs.histories.World._increment": _nothing}, _a_lost_event),
    Protection("accounts: prepared before they are published", {"glue_jobs.common.ledger.Ledger.prepare": _nothing}, _a_run_that_dies),
    Protection("two at once: one gives way", {"glue_jobs.common.refresh.check_not_overtaken": _nothing}, _two_runs_at_once),
    Protection("redrive: two at once, one gives way", {"glue_jobs.common.refresh.check_asked_still": _nothing}, _two_redrives_at_once),
    Protection("redrive: what is done is known", {"glue_jobs.common.asked.Asked.is_done": False}, _a_redrive_that_dies),
    Protection("redrive: what is done is cleared away", {"glue_jobs.raw_to_processed.settle_asked": _nothing}, _a_redrive_that_dies),
    Protection("replay: what was set apart before is cleared away", {"glue_jobs.common.ledger.Ledger.ask": _nothing}, _a_replay),
    Protection(
        "replay: what is gone keeps its account",
        {"glue_jobs.raw_to_processed.replayed": lambda _, arrivals: arrivals},
        _a_replay_of_what_is_gone,
    ),
    Protection("replay: what was dropped is so no more", {"glue_jobs.common.ledger.DROPPED_FACTS": ()}, _a_replay_of_what_was_dropped),
    Protection("recovery: what died is completed", {"glue_jobs.raw_to_processed.complete_earlier_runs": _nothing}, _a_run_that_dies),
    Protection(
        "order: repetitions are remembered", {"glue_jobs.common.ledger.Ledger.set_repeated": _nothing}, _a_late_record_after_a_repetition
    ),
    Protection("order: the newest snapshot is remembered", {"glue_jobs.common.ledger.Ledger.set_newest": _nothing}, _a_late_snapshot),
    Protection(
        "ledger: an object that is gone is settled",
        {"glue_jobs.common.arrivals._passed_over": lambda key, *_: _account_of_another(key)},
        _an_object_deleted_before_it_was_read,
    ),
)


def _account_of_another(key: str) -> Any:
    from glue_jobs.common.accounts import Account, State

    return Account(object=f"not {key}", version="v0", state=State.GONE)


ELBE, ODER = "Elbe,2013-01-01,7,", "Oder,2013-01-02,9,"


def _one_row_per_key(lake_of: LakeOf, name: str) -> None:
    lake = lake_of(readings(name))
    lake.land("a.csv", HEADER, ELBE, "Elbe,2013-01-01,8,", ODER)
    lake.land("b.csv", HEADER, "Elbe,2013-01-01,6,")
    lake.refresh()
    assert lake.rows("station, level") == [("Elbe", 6), ("Oder", 9)]


def _a_late_record_changes_nothing(lake_of: LakeOf, name: str) -> None:
    lake = lake_of(readings(name))
    lake.land("b.csv", HEADER, "Elbe,2013-01-01,8,", minute=9)
    lake.refresh()
    lake.land("a.csv", HEADER, ELBE, minute=3)
    lake.refresh()
    assert lake.rows("station, level") == [("Elbe", 8)]


def a_repeated_record_wins_over_a_late_one(lake_of: LakeOf, name: str) -> None:
    lake = lake_of(readings(name))
    for minute, file, level in ((1, "a.csv", 7), (3, "b.csv", 7), (2, "late.csv", 8)):
        lake.land(file, HEADER, f"Elbe,2013-01-01,{level},", minute=minute)
        outcome = lake.refresh()
    assert (outcome.status, lake.rows("station, level, _object")[0][:2]) == ("unchanged", ("Elbe", 7))


def _readers_see_nothing_that_broke_a_rule(lake_of: LakeOf, name: str) -> None:
    lake = lake_of(readings(name))
    lake.land("a.csv", HEADER, "Elbe,2013-01-01,0,")
    with contextlib.suppress(AuditFailedError):
        lake.refresh()
    assert lake.rows("station, level") == []


def _rows_that_vanish_stop_a_run(lake_of: LakeOf, name: str) -> None:
    lake = lake_of(readings(name))
    lake.land("a.csv", HEADER, ELBE, ODER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("glue_jobs.common.batch.rank", lambda batch, contract: _ranked(batch).where("station <> 'Oder'"))
        with contextlib.suppress(AccountsOpenError):
            lake.refresh()
    assert lake.rows("station, level") == []


def _broken_rows_are_set_apart_once(lake_of: LakeOf, name: str) -> None:
    lake = _died_with_rows_apart(lake_of(readings(name)))
    lake.refresh()
    assert lake.rows("_record", f"{name}_quarantine") == [("Elbe,2013-01-01",)]


def _broken_rows_go_with_their_object(lake_of: LakeOf, name: str) -> None:
    lake = _died_with_rows_apart(lake_of(readings(name)))
    lake.land("a.csv", HEADER, ELBE)
    lake.refresh()
    assert lake.rows("_record", f"{name}_quarantine") == []


def _rows_are_taken_again_once(lake_of: LakeOf, name: str) -> None:
    lake = lake_of(readings(name, load=Load.APPEND, key=()))
    key = lake.land("a.csv", HEADER, ELBE, "Main,2013-01-03,2000,")
    lake.refresh()
    lake.contract = replace(lake.contract, row_rules=())
    ask(lake, key)
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(StoppedError):
        patch.setattr("glue_jobs.common.ledger.Ledger.forget_asked", _die)  # after all else is done
        lake.refresh()
    lake.spark.catalog.clearCache()
    lake.refresh()
    account = lake.item(f"object#{key}#v1")
    assert [int(account[part]) for part in ("read", "inserted", "quarantined")] == [2, 2, 0]
    assert lake.rows("station, level") == [("Elbe", 7), ("Main", 2000)]
    assert (lake.rows("_record", f"{name}_quarantine"), lake.ledger.asked()) == ([], [])


def _unknown_columns_are_told(lake_of: LakeOf, name: str) -> None:
    lake = lake_of(readings(name))
    lake.land("a.csv", f"{HEADER},depth", f"{ELBE},3")
    outcome = lake.refresh()
    assert (outcome.facts.get("unknown"), len(lake.rows("station"))) == ({"depth": 1}, 1)


def _a_time_without_a_day_is_set_apart(lake_of: LakeOf, name: str) -> None:
    lake = lake_of(readings(name, rules=()))
    lake.land("a.csv", HEADER, "Elbe,12:30,7,", "Oder,201301,7,")
    lake.refresh()
    assert lake.rows("station") == []


def _died_with_rows_apart(lake: Lake) -> Lake:
    name = lake.contract.name
    lake.land("a.csv", HEADER, ELBE, "Elbe,2013-01-01")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("glue_jobs.raw_to_processed.publish_changes", _die)
        with pytest.raises(StoppedError):
            lake.refresh()
    lake.spark.catalog.clearCache()
    lake.glue.tables |= {table: {"metadata_location": lake.metadata(table)} for table in (name, f"{name}_quarantine")}
    return lake


def _die(*_: Any) -> None:
    raise StoppedError


def _ranked(batch: DataFrame, *_: Any) -> DataFrame:
    return batch.withColumn(_RANK, F.when(F.col(REASONS).isNotNull(), F.lit(0)).otherwise(F.lit(1)))


def _highest_wins(_: Any) -> list[str]:
    return ["level", HASH]


def _as_if_main(table: Any, _: str) -> str:
    return str(table.identifier)


def _same(_: Any, stored: DataFrame, *__: Any) -> Any:
    from glue_jobs.common.repeats import Seen

    return Seen(stored)


def _any_difference(_: Contract) -> Column:
    change = F.when(F.col("_stored_hash").isNull(), F.lit("inserted")).when(F.col(HASH) != F.col("_stored_hash"), F.lit("updated"))
    return change.otherwise(F.lit("unchanged"))


SPARK: Sequence[Protection] = (
    Protection("dedupe: one record of a key wins", {"glue_jobs.common.batch.rank": _ranked}, _one_row_per_key),
    Protection("order: the last record of a batch wins", {"glue_jobs.common.changes.order_columns": _highest_wins}, _one_row_per_key),
    Protection(
        "order: a stored row gives way to a later one only",
        {"glue_jobs.common.changes._against_stored": _any_difference},
        _a_late_record_changes_nothing,
    ),
    Protection(
        "order: a repetition counts as seen", {"glue_jobs.common.batch.as_last_seen": _same}, a_repeated_record_wins_over_a_late_one
    ),
    Protection(
        "audit: a broken rule stops publication", {"glue_jobs.common.publish.audit": lambda *_: []}, _readers_see_nothing_that_broke_a_rule
    ),
    Protection(
        "branch: readers see what was published alone",
        {"glue_jobs.common.table.Table.branch_identifier": _as_if_main},
        _readers_see_nothing_that_broke_a_rule,
    ),
    Protection("accounts: they close", {"glue_jobs.common.batch.check_closed": _nothing}, _rows_that_vanish_stop_a_run),
    Protection(
        "quarantine: what a dead run set apart is taken back",
        {"glue_jobs.raw_to_processed.take_back": _nothing},
        _broken_rows_are_set_apart_once,
    ),
    Protection(
        "quarantine: what is set apart is noted first",
        {"glue_jobs.common.ledger.Ledger.note_apart": _nothing},
        _broken_rows_go_with_their_object,
    ),
    Protection(
        "redrive: what was taken again leaves the quarantine",
        {"glue_jobs.raw_to_processed.settle_asked": _nothing},
        _rows_are_taken_again_once,
    ),
    Protection("redrive: what another run has done is done", {"glue_jobs.common.asked.Asked.is_done": False}, _rows_are_taken_again_once),
    Protection(
        "redrive: the account is that of the whole object",
        {"glue_jobs.common.refresh.with_earlier": lambda accounts, _: accounts},
        _rows_are_taken_again_once,
    ),
    Protection(
        "schema: what does not cast is told",
        {"glue_jobs.common.conform._cast_fault": lambda _: F.lit(None).cast("string")},
        what_is_wanted_is_never_a_silent_null,
    ),
    Protection(
        "schema: what is missing is told",
        {"glue_jobs.common.conform._is_missing": lambda _: F.lit(False)},
        what_is_wanted_is_never_a_silent_null,
    ),
    Protection(
        "schema: a record that is read again under another contract is itself",
        {"glue_jobs.common.changes._is_read_again": lambda _: F.lit(False)},
        a_replay_brings_in_what_the_contract_has_come_to_know,
    ),
    Protection(
        "redrive: a row is no later one than the others of its object",
        {"glue_jobs.common.batch.classify": lambda ranked, stored, contract, _: classify(ranked, stored, contract)},
        a_row_that_is_taken_again_is_one_of_its_object,
    ),
    Protection(
        "schema: what is not known is told", {"glue_jobs.raw_to_processed.unknown_columns": lambda *_: {}}, _unknown_columns_are_told
    ),
    Protection(
        "time: a time without a day is none of today", {"glue_jobs.common.conform.NO_TIME": r"\A(?!)"}, _a_time_without_a_day_is_set_apart
    ),
)
