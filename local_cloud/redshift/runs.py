"""Statements that were asked for: how each goes, and what came of it."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from threading import Event
from typing import Any

from local_cloud.pages import RowFiles

KEPT_SECONDS = 24 * 60 * 60  # https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
TOKEN_SECONDS = 8 * 60 * 60  # the same page: idempotency


class Status(StrEnum):
    """Where a statement is."""

    SUBMITTED = "SUBMITTED"
    PICKED = "PICKED"
    STARTED = "STARTED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"

    @property
    def is_over(self) -> bool:
        return self in (Status.FINISHED, Status.FAILED, Status.ABORTED)


@dataclass
class Piece:
    """One statement of a run.

    Attributes:
        rows: of its result set, or that it changed; -1 where that is no question.
        seconds: that it took.
    """

    sql: str
    status: Status = Status.SUBMITTED
    error: str | None = None
    rows: int = -1
    has_result: bool = False
    size: int = -1
    seconds: float = 0
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)

    def end(self, status: Status, error: str | None = None) -> None:
        """Bring it to its end."""
        self.status, self.error, self.updated = status, error, time.time()

    def describe(self) -> dict[str, Any]:
        """Return it in the form of the Data API."""
        described = {
            "Status": self.status,
            "QueryString": self.sql,
            "HasResultSet": self.has_result,
            "ResultRows": self.rows,
            "ResultSize": self.size,
            "Duration": int(self.seconds * 1e9),
            "CreatedAt": self.created,
            "UpdatedAt": self.updated,
        }
        return described | ({"Error": self.error} if self.error else {})


@dataclass
class Run:
    """What one call of ExecuteStatement or BatchExecuteStatement asked for; all of it is one transaction.

    Attributes:
        workgroup: its name.
        user: of the database.
        owner: aws:userid of whoever asked.
        asked: what else was said in the call, to be shown again.
        token: ClientToken; the same one within some hours is the same run.
    """

    workgroup: str
    database: str
    user: str
    owner: str
    pieces: list[Piece]
    is_batch: bool
    parameters: list[dict[str, str]] = field(default_factory=list)
    asked: dict[str, Any] = field(default_factory=dict)
    token: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Status = Status.SUBMITTED
    error: str | None = None
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.over = Event()  # no field: it is set when the run is over, and not kept

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> "Run":
        """Return a run as `kept` has it; one that was under way has failed."""
        pieces = [Piece(**{**piece, "status": Status(piece["status"])}) for piece in kept["pieces"]]
        run = cls(**{**kept, "pieces": pieces, "status": Status(kept["status"])})
        if not run.status.is_over:
            run.end(Status.FAILED, "ERROR: the local cloud stopped while it ran; its transaction was rolled back")
        run.over.set()
        return run

    def kept(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    def end(self, status: Status, error: str | None = None) -> None:
        """Bring it to its end; the first one counts."""
        if self.status.is_over:
            return
        for piece in self.pieces:
            if not piece.status.is_over:
                piece.end(Status.ABORTED)
        self.error, self.updated = error, time.time()
        self.status = status
        self.over.set()

    def describe(self) -> dict[str, Any]:
        """Return it in the form of the Data API."""
        last = self.pieces[-1]
        described = {
            "Id": self.id,
            "Status": self.status,
            "WorkgroupName": self.workgroup,
            "Database": self.database,
            "CreatedAt": self.created,
            "UpdatedAt": self.updated,
            "Duration": int(sum(piece.seconds for piece in self.pieces) * 1e9),
            "HasResultSet": last.has_result,
            "ResultRows": last.rows,
            "ResultSize": last.size,
            "RedshiftPid": 1,
            "RedshiftQueryId": -1,
            "QueryString": last.sql,
            "ResultFormat": "JSON",
            **{name: self.asked[name] for name in ("SecretArn",) if name in self.asked},
        }
        if self.is_batch:
            described["SubStatements"] = [{"Id": f"{self.id}:{place}", **piece.describe()} for place, piece in enumerate(self.pieces, 1)]
            described.pop("QueryString")
        if self.parameters:
            described["QueryParameters"] = self.parameters
        return described | ({"Error": self.error} if self.error else {})


@dataclass(frozen=True)
class Runs:
    """All runs of the last day, and their results."""

    results: RowFiles
    by_id: dict[str, Run] = field(default_factory=dict)

    def add(self, run: Run) -> None:
        """Keep a new run, and forget what is older than a day."""
        self.by_id[run.id] = run
        for old in [found for found in self.by_id.values() if found.created < time.time() - KEPT_SECONDS and found.status.is_over]:
            del self.by_id[old.id]
            for place in range(1, len(old.pieces) + 1):
                self.results.file(result_name(old, place)).unlink(missing_ok=True)

    def of_token(self, token: str | None, owner: str) -> Run | None:
        """Return the run that the same caller asked for with the same token not long ago."""
        since = time.time() - TOKEN_SECONDS
        found = [run for run in self.by_id.values() if token and run.token == token and run.owner == owner and run.created > since]
        return found[-1] if found else None

    def find(self, statement_id: str) -> tuple[Run, int] | None:
        """Return the run and the place of the statement that an id, as `ID` or `ID:2`, names."""
        run_id, _, place = statement_id.partition(":")
        run = self.by_id.get(run_id)
        if run is None or (place and not (place.isdecimal() and 1 <= int(place) <= len(run.pieces))):
            return None
        return run, int(place or len(run.pieces))


def result_name(run: Run, place: int) -> str:
    """Return what the file of a result is called."""
    return f"{run.id}-{place}"
