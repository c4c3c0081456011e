"""Write, audit, publish: a batch goes to a branch of its run, is judged there, and becomes visible in one step or not at all."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from contracts.contract import Load
from glue_jobs.common.accounts import Account, State
from glue_jobs.common.audit import audit
from glue_jobs.common.errors import LakeError, MainMovedError, OvertakenError
from glue_jobs.common.objects import Head
from glue_jobs.common.run import Run
from glue_jobs.common.sql import text
from glue_jobs.common.table import Table

ATTEMPTS = 3
OBJECTS_ASKED = 200  # by one condition

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
        OvertakenError: another run of the dataset took this one for dead.
    """
    table.drop_branch(run.branch)
    table.create_branch(run.branch, write.base)
    try:
        write.commit(run.branch)
        run.steps.step("written")
        warnings = audit(run.contract.rules, write.rows, table.branch(run.branch), table.branch_identifier(run.branch))
        run.steps.step("audited", warnings=len(warnings))
        snapshot = table.refs().get(run.branch)
        if snapshot is None:
            raise overtaken(table, "another run removed this run's branch")
        run.ledger.prepare(snapshot, run.id, write.accounts)
        run.steps.step("prepared", snapshot=snapshot)
        _fast_forward(run, table, snapshot)
    except LakeError:
        table.drop_branch(run.branch)
        raise
    except (PySparkException, Py4JJavaError) as error:
        if run.branch not in table.refs():
            raise overtaken(table, "another run removed this run's branch") from error
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


def check_not_overtaken(run: Run, table: Table, objects: Collection[Head]) -> None:
    """Raise OvertakenError where another refresh has published what this one has read.

    To be asked once main has been looked at: who publishes later moves main, and who published before has prepared accounts until they are
    recorded.
    """
    prepared = run.ledger.prepared()
    published = table.history() if prepared else set()
    others = [run_id for snapshot, (run_id, _) in prepared.items() if snapshot in published]
    waiting = set(run.ledger.pending())
    states = run.ledger.states([(head.key, head.version) for head in objects if (head.key, head.version) not in waiting])
    taken = [key for (key, _), state in states.items() if state in set(State)]
    if others or taken:
        raise overtaken(table, f"run {others[0]} has published" if others else f"{taken[0]} is accounted for")


def overtaken(table: Table, cause: str) -> OvertakenError:
    """Return the error of a run that is not the only one of its dataset."""
    return OvertakenError(
        f"{table.name}: {cause} while this run was reading. Nothing of it was published. Let one refresh of a dataset run at a time; "
        "if something is still waiting, start the refresh again."
    )


def complete_earlier_runs(run: Run, table: Table) -> None:
    """Finish what earlier runs published but did not record, and remove what they prepared but did not publish.

    Branches go first: a run that is still alive cannot publish any more what is judged here as not published.

    The branch of a run stands as long as its accounts are prepared, so that its snapshot cannot expire. But main's history ends at
    the oldest gap: where a later snapshot has expired, it does not show any more what came before. Then the rows of main say it.
    """
    for branch in table.refs():
        if branch.startswith("run_"):
            table.drop_branch(branch)
    prepared = run.ledger.prepared()
    published = table.history() if prepared else set()
    for snapshot, (run_id, accounts) in prepared.items():
        if snapshot in published or _holds_rows_of(run, table, run_id, accounts):
            run.ledger.publish(snapshot, table.rows(snapshot))
            record(run, run_id, accounts)
        run.ledger.forget(snapshot)
    run.steps.step("completed", prepared=len(prepared))


def record(run: Run, run_id: str, accounts: Sequence[Account]) -> None:
    """Write accounts into the ledger, and with them what tells later runs which object is the newest: of all, and of those that repeat."""
    repeating = [account.arrived_at for account in accounts if account.unchanged and account.arrived_at]
    if repeating and run.contract.load is Load.UPSERT:
        run.ledger.set_repeated(max(repeating))
    read = [f"{account.arrived_at}#{account.object}" for account in accounts if account.state is State.ACCOUNTED]
    if read and run.contract.load is Load.SNAPSHOT:
        run.ledger.set_newest(max(read))
    run.ledger.record(run_id, accounts)
    if any(account.quarantined for account in accounts):
        run.ledger.forget_apart(run_id)


def _holds_rows_of(run: Run, table: Table, run_id: str, accounts: Sequence[Account]) -> bool:
    """Whether readers see rows that a run wrote: of these objects, since it may have published others before.

    Not of one of them: of an object whose rows were taken again the account tells also what an earlier run wrote.
    """
    written = [_is_of(run, account) for account in accounts if account.inserted or account.updated]
    chunks = [written[start : start + OBJECTS_ASKED] for start in range(0, len(written), OBJECTS_ASKED)]
    return any(table.has_any(f"_run_id = {text(run_id)} and ({' or '.join(chunk)})") for chunk in chunks)


def _is_of(run: Run, account: Account) -> str:
    key = f"_object = {text(account.object)}"
    if not account.arrived_at or run.contract.source_of(account.object).enveloped:  # a record of the stream has an arrival of its own
        return key
    return f"({key} and _arrived_at = timestamp {text(account.arrived_at)})"


def _fast_forward(run: Run, table: Table, snapshot: int) -> None:
    try:
        table.fast_forward(run.branch)
    except MainMovedError:
        run.ledger.forget(snapshot)
        raise
