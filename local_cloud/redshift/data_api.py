"""The actions of the Redshift Data API."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from local_cloud.answers import Answer, answer, refusal
from local_cloud.own_service import Action, Caller
from local_cloud.redshift.runs import Piece, Run, Runs, Status
from local_cloud.redshift.session import Session
from local_cloud.redshift.transaction import Transaction
from local_cloud.redshift.values import Column

_logger = logging.getLogger(__name__)
PAGE_ROWS = 1000
MOST_STATEMENTS = 40  # https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html
MOST_BYTES = 100_000  # of a statement: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
MISSING = {
    "ClusterIdentifier": "there are no provisioned clusters; name a WorkgroupName",
    "DbUser": "that is for provisioned clusters; name a SecretArn, or nothing for whoever calls",
    "SessionId": "each call is a session of its own",
    "SessionKeepAliveSeconds": "each call is a session of its own",
    "WithEvent": "no event is sent when a statement ends; look with DescribeStatement",
}


class RefusedError(Exception):
    """A call cannot be carried out as it was made.

    Attributes:
        code: the exception's name in the API.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Place:
    """Where statements of a call run.

    Attributes:
        session: opens one; called once it is their turn, with whether they are more than one.
        do: has something done after all that was asked of the same database before.
        refused: tells why no statement runs now; None where they do.
        used: tells how many seconds statements took, for the metric and the limits of what is used.
    """

    workgroup: str
    database: str
    user: str
    most_seconds: float | None
    session: Callable[[bool], Session]
    do: Callable[[Callable[[], None]], None]
    refused: Callable[[], str | None]
    used: Callable[[float], None]


class Places(Protocol):
    """Finds workgroups, and asks IAM whether the caller may come in."""

    def of(self, data: Mapping[str, Any], caller: Caller) -> Place:
        """Return where the statements of a call run.

        Raises:
            RefusedError: there is no such workgroup or database, or the caller may not come in.
        """


@dataclass(frozen=True)
class DataApi:
    """ExecuteStatement, and what comes after it."""

    runs: Runs
    places: Places
    _live: dict[str, Transaction] = field(default_factory=dict)

    def actions(self) -> dict[str, Action]:
        """Return the actions by operation."""
        made: dict[str, Action] = {
            "ExecuteStatement": self.execute,
            "BatchExecuteStatement": self.execute,
            "DescribeStatement": self.describe,
            "GetStatementResult": self.result,
            "ListStatements": self.list,
            "CancelStatement": self.cancel,
        }
        return {operation: _refusing(action) for operation, action in made.items()}

    def execute(self, data: dict[str, Any], caller: Caller) -> Answer:
        """ExecuteStatement and BatchExecuteStatement."""
        _check(data)
        place = self.places.of(data, caller)
        run = self.runs.of_token(data.get("ClientToken"), caller.user_id)
        if run is None:
            run = self._start(data, caller, place)
        run.over.wait(min(int(data.get("WaitTimeSeconds") or 0), 30))
        started = {"Id": run.id, "CreatedAt": run.created, "Database": run.database, "WorkgroupName": run.workgroup, "DbUser": run.user}
        return answer(started | {name: run.asked[name] for name in ("SecretArn",) if name in run.asked})

    def describe(self, data: dict[str, Any], _: Caller) -> Answer:
        """DescribeStatement; of one statement of a batch as well."""
        run, place = self._find(data["Id"])
        run.over.wait(min(int(data.get("WaitTimeSeconds") or 0), 30))
        whole = run.describe()
        if ":" in data["Id"]:
            whole |= run.pieces[place - 1].describe() | {"Id": data["Id"]}
            whole.pop("SubStatements", None)
        return answer(whole)

    def result(self, data: dict[str, Any], _: Caller) -> Answer:
        """GetStatementResult: a page of rows."""
        run, place = self._find(data["Id"])
        piece = run.pieces[place - 1]
        if run.is_batch and ":" not in data["Id"]:
            raise RefusedError(
                "ValidationException", f"{data['Id']} is a batch; ask for the result of one of its statements, as {data['Id']}:1"
            )
        if not run.status.is_over:
            raise RefusedError("ResourceNotFoundException", f"Query has not finished yet: it is {run.status}")
        if not piece.has_result or run.error:
            raise RefusedError(
                "ResourceNotFoundException",
                f"Query does not have result. Please check query status with DescribeStatement: it is {run.status}",
            )
        page = self.runs.results.page(f"{run.id}-{place}", int(data.get("NextToken") or 0), PAGE_ROWS)
        found = {
            "Records": page.rows,
            "ColumnMetadata": [Column(**kept).describe() for kept in page.header],
            "TotalNumRows": piece.rows,
        }
        return answer(found | ({"NextToken": str(page.position)} if page.position else {}))

    def list(self, data: dict[str, Any], caller: Caller) -> Answer:
        """ListStatements: the caller's own, the newest first."""
        wanted = {name: data[name] for name in ("StatementName", "WorkgroupName", "Database") if data.get(name)}
        status = data.get("Status") or "ALL"
        found = [
            run
            for run in sorted(self.runs.by_id.values(), key=lambda run: -run.created)
            if run.owner == caller.user_id
            and status in ("ALL", run.status)
            and all(wanted[name] == {**run.asked, "WorkgroupName": run.workgroup, "Database": run.database}.get(name) for name in wanted)
        ]
        first = int(data.get("NextToken") or 0)
        end = first + min(int(data.get("MaxResults") or 100), 100)
        return answer({"Statements": [_listed(run) for run in found[first:end]]} | ({"NextToken": str(end)} if end < len(found) else {}))

    def cancel(self, data: dict[str, Any], _: Caller) -> Answer:
        """CancelStatement."""
        run, _place = self._find(data["Id"])
        live = self._live.get(run.id)
        if live is None or not live.stop():
            raise RefusedError("ValidationException", f"Could not cancel a query that is already in {run.status} state with ID: {run.id}")
        return answer({"Status": True})

    def stop_all(self) -> None:
        """Stop what is under way: its transaction is rolled back."""
        for transaction in list(self._live.values()):
            transaction.stop("the local cloud stops")

    def _start(self, data: dict[str, Any], caller: Caller, place: Place) -> Run:
        texts = data["Sqls"] if "Sqls" in data else [data["Sql"]]
        run = Run(
            workgroup=place.workgroup,
            database=place.database,
            user=place.user,
            owner=caller.user_id,
            pieces=[Piece(text) for text in texts],
            is_batch="Sqls" in data,
            parameters=data.get("Parameters") or [],
            asked={name: data[name] for name in ("SecretArn", "StatementName") if data.get(name)},
            token=data.get("ClientToken"),
        )
        parameters = {parameter["name"]: parameter["value"] for parameter in run.parameters}
        transaction = self._live[run.id] = Transaction(run, self.runs, parameters, place.most_seconds)
        self.runs.add(run)
        place.do(lambda: self._carry_out(transaction, place))
        return run

    def _carry_out(self, transaction: Transaction, place: Place) -> None:
        try:
            if why := place.refused():
                transaction.run.end(Status.FAILED, f"ERROR: Query was refused: {why}")
            if not transaction.run.status.is_over:
                transaction.carry_out(place.session(transaction.run.is_batch))
        except Exception as error:  # the database did not open
            _logger.exception("statement %s", transaction.run.id)
            transaction.run.end(Status.FAILED, f"ERROR: internal error of the local cloud: {error}; see its log")
        finally:
            self._live.pop(transaction.run.id, None)
            place.used(sum(piece.seconds for piece in transaction.run.pieces))

    def _find(self, statement_id: str) -> tuple[Run, int]:
        found = self.runs.find(statement_id)
        if found is None:
            raise RefusedError("ResourceNotFoundException", f"Query does not exist: {statement_id}")
        return found


def _refusing(action: Action) -> Action:
    def carried_out(data: dict[str, Any], caller: Caller) -> Answer:
        try:
            return action(data, caller)
        except RefusedError as error:
            return refusal(error.code, str(error))

    return carried_out


def _check(data: Mapping[str, Any]) -> None:
    """Raise a RefusedError where a call asks for what is not here, or for more than the API takes."""
    for name, why in MISSING.items():
        if data.get(name):
            raise RefusedError("ValidationException", f"{name} is not in the local cloud: {why}")
    if data.get("ResultFormat", "JSON") != "JSON" or data.get("ExecutionMode", "TRANSACTION") != "TRANSACTION":
        raise RefusedError("ValidationException", "the local cloud has ResultFormat JSON and ExecutionMode TRANSACTION alone")
    texts = data["Sqls"] if "Sqls" in data else [data.get("Sql", "")]
    if not 1 <= len(texts) <= MOST_STATEMENTS:
        raise RefusedError("ValidationException", f"a batch has 1 to {MOST_STATEMENTS} statements, this one has {len(texts)}")
    if any(len(text.encode()) > MOST_BYTES for text in texts):
        raise RefusedError("ValidationException", f"a statement has at most {MOST_BYTES} bytes")
    if "WorkgroupName" not in data or "Database" not in data:
        raise RefusedError("ValidationException", "a call names a WorkgroupName and a Database")


def _listed(run: Run) -> dict[str, Any]:
    described = run.describe()
    shown = {name: described[name] for name in ("Id", "Status", "CreatedAt", "UpdatedAt", "QueryString", "SecretArn") if name in described}
    texts = [piece.sql for piece in run.pieces]
    return (
        shown
        | {"IsBatchStatement": run.is_batch, "QueryStrings": texts}
        | ({"StatementName": run.asked["StatementName"]} if "StatementName" in run.asked else {})
    )
