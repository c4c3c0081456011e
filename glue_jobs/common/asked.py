"""What people asked of rows and objects that were set apart: to take them in again, or to drop them.

Each is asked of what one run has set apart. Once another run has accounted for the object, it is done: whoever dies on the way is
followed by one that either does it or sees that it was done.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from contracts.asked import Ask
from contracts.contract import Load, Source
from glue_jobs.common.accounts import Account, State
from glue_jobs.common.arrivals import Arrivals
from glue_jobs.common.errors import AccountsOpenError, OvertakenError
from glue_jobs.common.ledger import Ledger
from glue_jobs.common.lines import LINE, ORDER, SEQUENCE, field_order, has_header
from glue_jobs.common.objects import Head
from glue_jobs.common.quarantine import HEADER
from glue_jobs.common.run import RawRun
from glue_jobs.common.sql import text
from glue_jobs.common.table import Table

_SET_APART = "concat_ws('#', _run_id, _object, _version)"

Version = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of one version of an object.

    Attributes:
        of: the run whose account it is asked about.
        found: the object's item as the ledger has it now.
    """

    object: str
    version: str
    ask: Ask
    of: str
    by: str
    because: str
    found: Mapping[str, Any]

    @property
    def is_done(self) -> bool:
        """Whether another run has accounted for the object since."""
        return self.found.get("run") != self.of

    @property
    def of_version(self) -> Version:
        return self.object, self.version

    @property
    def rows(self) -> str:
        """What its rows in quarantine are known by."""
        return f"{self.of}#{self.object}#{self.version}"


def asked_of(ledger: Ledger) -> list[Asked]:
    """Return what is asked of a dataset."""
    items = ledger.asked()
    found = ledger.objects([(item["object"], item["version"]) for item in items])
    names = ("object", "version", "of", "by", "because")
    return [
        Asked(**{name: item[name] for name in names}, ask=Ask(item["ask"]), found=found[item["object"], item["version"]]) for item in items
    ]


def settle_asked(run: RawRun, apart: Table) -> None:
    """Do what was asked as far as it takes no reading, and take away rows that another run has since taken in or set apart anew."""
    listed = asked_of(run.ledger)
    gone = [asked for asked in listed if asked.is_done or asked.ask is Ask.DROP]
    for asked in listed:
        if asked.ask is Ask.DROP and not asked.is_done:
            run.ledger.drop(asked.object, asked.version, asked.by, asked.because)
        elif not asked.is_done and (asked.found["state"] == State.REFUSED or run.contract.load is Load.SNAPSHOT):
            run.ledger.wait_again(asked.object, asked.version)  # read whole: a snapshot is a table as a whole, or not at all
    if gone:
        apart.delete(_is_one_of(gone))
        for asked in gone:
            run.ledger.forget_asked(asked.object, asked.version)
        run.steps.step("asked", settled=len(gone))


def take_again(run: RawRun, apart: Table, arrivals: Arrivals) -> Arrivals:
    """Add to what a run found the rows in quarantine that it was asked to take in: as their objects had them, with the arrival that they had."""
    if run.contract.load is Load.SNAPSHOT:
        return _without_superseded(run, arrivals)
    wanted = {asked.of_version: asked for asked in asked_of(run.ledger) if _is_of_rows(asked, run, arrivals)}
    if not wanted:
        return arrivals
    before = {version: Account.from_item(asked.found) for version, asked in wanted.items()}
    newest = apart.refs().get("main")  # None where the table was lost and made anew
    rows = apart.at(newest).where(_is_one_of(wanted.values())) if newest is not None else None
    heads = _heads(rows, before, run) if rows is not None else {}
    whole = {version: found for version, found in heads.items() if found[1] == before[version].quarantined}
    short = [asked for version, asked in wanted.items() if version not in whole]
    for asked in short:
        run.ledger.forget_asked(asked.object, asked.version)
    run.steps.step("taken again", objects=len(whole), rows=sum(number for _, number in whole.values()))
    return replace(
        arrivals,
        lines=_with_lines(run, arrivals.lines, rows, [head for head, _ in whole.values()]) if rows is not None else arrivals.lines,
        counts={**arrivals.counts, **dict(whole.values())},
        again={version: before[version] for version in whole},
        warnings=[_shortage(asked, heads) for asked in short],
    )


def replayed(run: RawRun, arrivals: Arrivals) -> Arrivals:
    """Have what a run before set apart of the objects that this one reads again leave the quarantine once they are accounted for anew.

    That is asked before anything is published, as people ask it, and so is done by whichever run comes next. An object that cannot be read
    again keeps its account: its rows are where that says.
    """
    before = run.ledger.waiting_again()
    for version in [(head.key, head.version) for head in arrivals.counts if (head.key, head.version) in before]:
        if int(before[version].get("quarantined", 0)):
            asked = {"ask": Ask.REDRIVE.value, "of": before[version]["run"], "by": run.id, "because": "it is read again"}
            run.ledger.ask(*version, asked)
    kept = [account for account in arrivals.settled if (account.object, account.version) in before]
    for account in kept:
        run.ledger.wait_no_more(account.object, account.version)
    return replace(
        arrivals,
        settled=[account for account in arrivals.settled if account not in kept],
        warnings=[
            *arrivals.warnings,
            *(f"{account.object} was not read again, and its account stays: {account.reason}" for account in kept),
        ],
    )


def with_earlier(accounts: Sequence[Account], again: Mapping[Version, Account]) -> list[Account]:
    """Return accounts that say of an object whose rows were taken again what became of all its rows.

    Raises:
        AccountsOpenError: the rows that were taken again are not those that the object had in quarantine.
    """
    return [_added(again.get((account.object, account.version)), account) for account in accounts]


def check_asked_still(run: RawRun, again: Mapping[Version, Account]) -> None:
    """Raise OvertakenError where another run has accounted for the rows that this one takes again."""
    open_still = {(asked.object, asked.version) for asked in asked_of(run.ledger) if not asked.is_done} if again else set()
    for key, version in again:
        if (key, version) not in open_still:
            raise OvertakenError(
                f"{run.contract.name}: the rows of {key} that are set apart were taken by another run while this run took them. "
                "Nothing of it was published. Let one refresh of a dataset run at a time."
            )


def _added(before: Account | None, now: Account) -> Account:
    if before is None:
        return now
    if now.read != before.quarantined:
        raise AccountsOpenError(
            f"{now.object}: {now.read} rows were taken again, but {before.quarantined} are in quarantine by its account. "
            "Nothing was published; start the refresh again, and report it if it stays."
        )
    return replace(
        now,
        read=before.read,
        inserted=before.inserted + now.inserted,
        updated=before.updated + now.updated,
        unchanged=before.unchanged + now.unchanged,
        duplicate=before.duplicate + now.duplicate,
        dropped=before.dropped,
    )


def _without_superseded(run: RawRun, arrivals: Arrivals) -> Arrivals:
    """Forget what was asked of a snapshot that is the newest no more: its account stays what it was, as the table may have its rows still."""
    read = {(head.key, head.version) for head in arrivals.counts}
    listed = [asked for asked in asked_of(run.ledger) if not asked.is_done and asked.found["state"] == State.ACCOUNTED]
    late = {asked.of_version for asked in listed} - read
    for key, version in late:
        run.ledger.wait_no_more(key, version)
        run.ledger.forget_asked(key, version)
    return replace(arrivals, settled=[account for account in arrivals.settled if (account.object, account.version) not in late])


def _is_of_rows(asked: Asked, run: RawRun, arrivals: Arrivals) -> bool:
    """Whether rows in quarantine are asked to be taken in again, and their object is not read whole anyway."""
    if asked.ask is not Ask.REDRIVE or asked.is_done or asked.found["state"] != State.ACCOUNTED:
        return False
    read = {(head.key, head.version) for head in arrivals.counts} | {(account.object, account.version) for account in arrivals.settled}
    return asked.of_version not in read


def _heads(rows: DataFrame, before: Mapping[Version, Account], run: RawRun) -> dict[Version, tuple[Head, int]]:
    """Return for each object whose rows are taken again what its first line says, and how many rows there are."""
    found: dict[Version, tuple[Head, int]] = {}
    for row in rows.groupBy("_object", "_version", HEADER).count().collect():
        version, header = (row["_object"], row["_version"]), row[HEADER]
        if header is None and has_header(run.contract.source_of(row["_object"])):
            continue  # set apart before the header was kept: nobody knows the order of its fields
        account = before[version]
        arrived_at = datetime.fromisoformat(account.arrived_at or "")
        head = Head(key=version[0], version=version[1], arrived_at=arrived_at, size=account.size or 0, first_line=header or "")
        found[version] = head, row["count"]
    return found


def _with_lines(run: RawRun, lines: Mapping[Source, DataFrame], rows: DataFrame, heads: Collection[Head]) -> Mapping[Source, DataFrame]:
    """Return lines by source with those of the rows that are taken again."""
    added = dict(lines)
    by_source: dict[Source, list[Head]] = {}
    for head in heads:
        by_source.setdefault(run.contract.source_of(head.key), []).append(head)
    for source, listed in by_source.items():
        known = [(head.key, head.version, ",".join(field_order(head.first_line, source))) for head in listed]
        objects = run.spark.createDataFrame(known, f"_object string, _version string, {ORDER} string")
        again = rows.join(F.broadcast(objects), on=["_object", "_version"], how="inner").select(
            F.col("_record").alias(LINE), "_object", "_version", "_arrived_at", SEQUENCE, ORDER
        )
        added[source] = added[source].unionByName(again) if source in added else again
    return added


def _is_one_of(listed: Collection[Asked]) -> str:
    return f"{_SET_APART} in ({', '.join(text(asked.rows) for asked in listed)})"


def _shortage(asked: Asked, heads: Mapping[Version, tuple[Head, int]]) -> str:
    found = heads.get((asked.object, asked.version), (None, 0))[1]
    return (
        f"{asked.object} was not taken again: by its account {asked.found['quarantined']} of its rows are in quarantine, and {found} are "
        "there with all that it takes to read them; land the object again, or drop them"
    )
