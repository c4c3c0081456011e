"""Write, audit, publish: a batch goes to a branch of its run, is judged there, and becomes visible in one step or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pyspark.sql import DataFrame

from contracts.contract import Load
from glue_jobs.common.accounts import Account, State
from glue_jobs.common.audit import audit
from glue_jobs.common.errors import LakeError, MainMovedError
from glue_jobs.common.run import Run
from glue_jobs.common.sql import text
from glue_jobs.common.table import Table

ATTEMPTS = 3

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Write:
    """A commit in preparation.

    Attributes:
        base: main's snapshot that it builds on; None for a table without one.
        rows: what is inserted or updated.
        commit: writes to a branch.
        accounts: hold as soon as it is published.
    """

    base: int | None
    rows: DataFrame
    commit: Callable[[str], None]
    accounts: Sequence[Account]


@dataclass(frozen=True, kw_only=True)
class Published:
    """What readers see now, and the warnings of the audit that let it pass."""

    snapshot: int
    rows: int
    warnings: Sequence[str]


def publish(run: Run, table: Table, write: Write) -> Published:
    """Write a branch, audit it, and make it main.

    The accounts lie in the ledger, under the snapshot that will be main's, before it is: the next run completes one that dies in between.

    Raises:
        MainMovedError: main is no longer `write.base`; nothing was published.
        AuditFailedError: a rule of severity `error` is broken; nothing was published.
    """
    table.drop_branch(run.branch)
    table.create_branch(run.branch, write.base)
    try:
        write.commit(run.branch)
        run.steps.step("written")
        warnings = audit(run.contract.rules, write.rows, table.branch(run.branch), table.branch_identifier(run.branch))
        run.steps.step("audited", warnings=len(warnings))
        snapshot = table.refs()[run.branch]
        run.ledger.prepare(snapshot, run.id, write.accounts)
        run.steps.step("prepared", snapshot=snapshot)
        _fast_forward(run, table, snapshot)
    except LakeError:
        table.drop_branch(run.branch)
        raise
    rows = table.rows(snapshot)
    run.ledger.publish(snapshot, rows)
    run.steps.step("published", snapshot=snapshot, rows=rows)
    record(run, run.id, write.accounts)
    run.ledger.forget(snapshot)
    table.drop_branch(run.branch)
    run.steps.step("recorded", objects=len(write.accounts))
    return Published(snapshot=snapshot, rows=rows, warnings=warnings)


def while_main_moves(run: Run, table: Table, attempt: Callable[[], Answer]) -> Answer:
    """Return the answer of an attempt to publish; where another writer moves main meanwhile, as compaction does, try again.

    Raises:
        MainMovedError: main has moved each time.
    """
    for number in range(1, ATTEMPTS + 1):
        try:
            return attempt()
        except MainMovedError:
            run.steps.step("moved", attempt=number)
    raise MainMovedError(f"{table.name}: main moved during each of {ATTEMPTS} attempts to publish. Start the refresh again.")


def complete_earlier_runs(run: Run, table: Table) -> None:
    """Finish what earlier runs published but did not record, and remove what they prepared but did not publish.

    The branch of a run stands as long as its accounts are prepared, so that its snapshot cannot expire. But main's history ends at
    the oldest gap: where a later snapshot has expired, it does not show any more what came before. Then the rows of main say it.
    """
    prepared = run.ledger.prepared()
    published = table.history() if prepared else set()
    for snapshot, (run_id, accounts) in prepared.items():
        if snapshot in published or _holds_rows_of(table, run_id, accounts):
            run.ledger.publish(snapshot, table.rows(snapshot))
            record(run, run_id, accounts)
        run.ledger.forget(snapshot)
    for branch in table.refs():
        if branch.startswith("run_"):
            table.drop_branch(branch)
    run.steps.step("completed", prepared=len(prepared))


def record(run: Run, run_id: str, accounts: Sequence[Account]) -> None:
    """Write accounts into the ledger, with the newest object where the newest is the whole table."""
    read = [f"{account.arrived_at}#{account.object}" for account in accounts if account.state is State.ACCOUNTED]
    if read and run.contract.load is Load.SNAPSHOT:
        run.ledger.set_newest(max(read))
    run.ledger.record(run_id, accounts)


def _holds_rows_of(table: Table, run_id: str, accounts: Sequence[Account]) -> bool:
    """Whether readers see rows that a run wrote; by one object, since all become visible at once, and since a run may publish twice."""
    written = next((account for account in accounts if account.inserted or account.updated), None)
    if written is None:
        return False
    conditions = {"_run_id": run_id, "_object": written.object}
    same = " and ".join(f"{column} = {text(value)}" for column, value in conditions.items())
    arrived = f" and _arrived_at = timestamp {text(written.arrived_at)}" if written.arrived_at else ""
    return table.has_any(same + arrived)


def _fast_forward(run: Run, table: Table, snapshot: int) -> None:
    try:
        table.fast_forward(run.branch)
    except MainMovedError:
        run.ledger.forget(snapshot)
        raise
