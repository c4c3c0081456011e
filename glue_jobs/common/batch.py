"""A batch of records, from lines to what it does to the table."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame

from contracts.contract import Contract, Load, Source
from glue_jobs.common.accounts import Account, Change, State, check_closed, totals
from glue_jobs.common.arrivals import Arrivals, account_of
from glue_jobs.common.changes import CHANGE, KeyRange, absent, classify, key_range, rank, to_write
from glue_jobs.common.conform import conform_lines
from glue_jobs.common.errors import ObjectReplacedError
from glue_jobs.common.objects import Head
from glue_jobs.common.repeats import Seen, as_last_seen
from glue_jobs.common.run import RawRun
from glue_jobs.common.table import Table


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a batch does to the table as it was at one snapshot.

    Attributes:
        base: the snapshot; None for an empty table.
        rows: the batch, each row with what becomes of it.
        within: where the table's rows with a key of the batch lie; None where that was not asked.
        deleted: rows of the table that the newest snapshot has no more.
        warnings: what is to be known of it.
    """

    base: int | None
    rows: DataFrame
    within: KeyRange | None
    accounts: Sequence[Account]
    deleted: int = 0
    warnings: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        counted = totals(self.accounts)
        return not (counted[Change.INSERTED] or counted[Change.UPDATED] or self.deleted)


def conform_batch(lines: Mapping[Source, DataFrame], heads: Iterable[Head], contract: Contract) -> DataFrame:
    """Return the lines of all sources as ranked, typed, explained rows, kept for the passes to come."""
    return rank(conform_lines(lines, heads, contract), contract).persist()


def changes_at(run: RawRun, table: Table, base: int | None, batch: DataFrame, arrivals: Arrivals) -> Changes:
    """Classify a batch against the table at one snapshot, and close its accounts."""
    contract = run.contract
    is_snapshot = contract.load is Load.SNAPSHOT
    within = key_range(batch, contract) if base is not None and contract.key and not is_snapshot else None
    stored = table.at(base) if base is not None and contract.key else None
    if stored is not None and within is not None:
        stored = stored.where(within.condition())
    seen = as_last_seen(run, stored, batch, arrivals) if stored is not None else Seen(None)
    rows = classify(batch, seen.stored, contract, arrivals.again.keys())
    rows = rows if stored is None else rows.persist()
    accounts = _accounts(rows, arrivals)
    check_closed(accounts)
    has_good_rows = any(account.read > account.quarantined for account in accounts)
    deleted = absent(stored, batch, contract).count() if is_snapshot and stored is not None and has_good_rows else 0
    accounts = [*accounts, *arrivals.settled]
    return Changes(base=base, rows=rows, within=within, accounts=accounts, deleted=deleted, warnings=[*seen.warnings, *arrivals.warnings])


def commit(run: RawRun, table: Table, changes: Changes) -> Callable[[str], None]:
    """Return what writes the changes to a branch: as little as they need."""
    rows = to_write(changes.rows, run.contract, run.id)
    if run.contract.load is Load.SNAPSHOT:
        return lambda branch: table.overwrite(rows, branch, {})
    if changes.within is None or not totals(changes.accounts)[Change.UPDATED]:
        return lambda branch: table.append(rows, branch)
    within = changes.within.condition("stored")
    return lambda branch: table.merge(rows, branch, run.contract.key, within)


def check_not_replaced(run: RawRun, arrivals: Arrivals) -> None:
    """Raise ObjectReplacedError where an object that was read has another current version by now."""
    now = run.raw.heads(head.key for head in arrivals.fresh)
    replaced = [head.key for head in arrivals.fresh if now[head.key] is None or now[head.key] != head]
    if replaced:
        raise ObjectReplacedError(f"overwritten or deleted while they were read: {', '.join(replaced)}. Start the refresh again.")


def _accounts(rows: DataFrame, arrivals: Arrivals) -> list[Account]:
    tally: Mapping[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in rows.groupBy("_object", "_version", CHANGE).count().collect():
        tally[row["_object"], row["_version"]][row[CHANGE]] = row["count"]
    return [
        account_of(head, State.ACCOUNTED, read=read, reason=_apart(head, read, tally, arrivals), **tally[head.key, head.version])
        for head, read in arrivals.counts.items()
    ]


def _apart(head: Head, read: int, tally: Mapping[tuple[str, str], Mapping[str, int]], arrivals: Arrivals) -> str | None:
    """Return what is wrong with an object's records in quarantine; None where none is there."""
    version = head.key, head.version
    if version not in arrivals.apart:
        return None
    of = arrivals.again[version].read if version in arrivals.again else read
    return f"{tally[version][Change.QUARANTINED]:,} of {of:,} records are in quarantine: {arrivals.apart[version]}"
