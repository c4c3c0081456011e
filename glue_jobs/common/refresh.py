"""The end of a refresh: its changes published, or nothing to publish."""

from collections.abc import Sequence

from pyspark.sql import DataFrame

from contracts.contract import Load
from glue_jobs.common.accounts import Account, State, totals
from glue_jobs.common.arrivals import Arrivals, account_of
from glue_jobs.common.asked import check_asked_still, with_earlier
from glue_jobs.common.batch import Changes, changes_at, commit
from glue_jobs.common.changes import changed
from glue_jobs.common.publish import Write, check_not_overtaken, publish, record, while_main_moves
from glue_jobs.common.run import Outcome, RawRun
from glue_jobs.common.table import Table


def publish_changes(run: RawRun, table: Table, batch: DataFrame, arrivals: Arrivals) -> Outcome:
    """Classify the batch against main and publish what it changes."""

    def attempt() -> Outcome:
        base = table.refs().get("main")
        check_not_overtaken(run, table, arrivals.fresh)
        check_asked_still(run, arrivals.again)
        changes = changes_at(run, table, base, batch, arrivals)
        run.steps.step("classified", deleted=changes.deleted, **totals(changes.accounts))
        try:
            if changes.is_empty:
                return _unchanged(run, table, changes.base, changes.accounts, arrivals, changes.warnings)
            return _publish(run, table, changes, arrivals)
        finally:
            # Iceberg's tables are equal to Spark if their names are: rows kept here would answer for every later snapshot
            changes.rows.unpersist()

    return while_main_moves(run, table, attempt)


def untouched(rows: int) -> Outcome:
    """End a refresh that found nothing to do, of a table that has so many rows."""
    return Outcome(status="unchanged", facts={**_facts([], 0), "rows": rows, "warnings": []})


def nothing_read(run: RawRun, table: Table, arrivals: Arrivals) -> Outcome:
    """End a refresh that found no record: no object, empty ones, or such as are not read."""
    accounts = [*(account_of(head, State.ACCOUNTED) for head in arrivals.counts), *arrivals.settled]
    return _unchanged(run, table, table.refs().get("main"), accounts, arrivals, arrivals.warnings)


def _unchanged(
    run: RawRun, table: Table, base: int | None, accounts: Sequence[Account], arrivals: Arrivals, warnings: Sequence[str]
) -> Outcome:
    record(run, run.id, with_earlier(accounts, arrivals.again))
    run.steps.step("recorded", objects=len(accounts))
    said = [*warnings, *_warnings(run, accounts)]
    return Outcome(status="unchanged", facts={**_facts(accounts, 0), **_drift(arrivals), "rows": table.rows(base), "warnings": said})


def _publish(run: RawRun, table: Table, changes: Changes, arrivals: Arrivals) -> Outcome:
    accounts = with_earlier(changes.accounts, arrivals.again)
    write = Write(base=changes.base, rows=changed(changes.rows), commit=commit(run, table, changes), accounts=accounts)
    published = publish(run, table, write)
    facts = {**_facts(changes.accounts, changes.deleted), **_drift(arrivals), "snapshot": str(published.snapshot), "rows": published.rows}
    return Outcome(status="published", facts={**facts, "warnings": [*changes.warnings, *published.warnings]})


def _facts(accounts: Sequence[Account], deleted: int) -> dict[str, object]:
    return {**totals(accounts), "deleted": deleted, "objects": len(accounts)}


def _drift(arrivals: Arrivals) -> dict[str, object]:
    return {"unknown": dict(arrivals.unknown)} if arrivals.unknown else {}


def _warnings(run: RawRun, accounts: Sequence[Account]) -> list[str]:
    counted = totals(accounts)
    newest = any(account.state is State.ACCOUNTED for account in accounts)
    if run.contract.load is Load.SNAPSHOT and newest and counted["read"] == counted["quarantined"]:
        return ["the newest object has no good row: the table stays as it was"]
    return []
