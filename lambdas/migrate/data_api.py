"""The Data API, which answers later: https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between two looks at a statement
ENDED = ("FINISHED", "FAILED", "ABORTED")


class StatementError(Exception):
    """A statement failed, and with it its transaction; the text names the statement and has Redshift's words."""


@dataclass(frozen=True, kw_only=True)
class DataApi:
    """Statements of one user in one database, each waited for until there is no time left.

    Attributes:
        client: boto3's for redshift-data.
        remaining: seconds that are left.
    """

    client: Any
    workgroup: str
    database: str
    secret: str
    remaining: Callable[[], float]
    pause: Callable[[float], None] = field(default=time.sleep)

    def run(self, statements: Sequence[str], named: str) -> None:
        """Run statements as one transaction.

        Raises:
            StatementError: one failed, or took too long; nothing of the transaction holds.
        """
        if len(statements) == 1:
            self._run_one(statements[0], named)
            return
        started = self.client.batch_execute_statement(
            Sqls=list(statements), StatementName=named, ClientToken=str(uuid.uuid4()), **self._where()
        )
        self._wait(started["Id"], named)

    def rows(self, statement: str, named: str) -> Iterator[dict[str, str]]:
        """Yield the rows of a query, every value as text, null as an empty one.

        Raises:
            StatementError: it failed, or took too long.
        """
        statement_id = self._run_one(statement, named)
        token: dict[str, str] | None = {}
        while token is not None:
            page = self.client.get_statement_result(Id=statement_id, **token)
            columns = [column["name"] for column in page["ColumnMetadata"]]
            for record in page["Records"]:
                yield {column: _text(value) for column, value in zip(columns, record, strict=True)}
            token = {"NextToken": page["NextToken"]} if page.get("NextToken") else None

    def _run_one(self, statement: str, named: str) -> str:
        started = self.client.execute_statement(Sql=statement, StatementName=named, ClientToken=str(uuid.uuid4()), **self._where())
        self._wait(started["Id"], named)
        return str(started["Id"])

    def _where(self) -> dict[str, str]:
        return {"WorkgroupName": self.workgroup, "Database": self.database, "SecretArn": self.secret}

    def _wait(self, statement: str, named: str) -> None:
        seconds = FIRST_PAUSE
        while (found := self.client.describe_statement(Id=statement))["Status"] not in ENDED:
            if self.remaining() < seconds:
                self.client.cancel_statement(Id=statement)
                raise StatementError(f"{named} was still {found['Status']} when the time was over, and was cancelled; nothing of it holds")
            self.pause(seconds)
            seconds = min(seconds * 2, LONGEST_PAUSE)
        if found["Status"] != "FINISHED":
            raise StatementError(_told(found, named))


def _told(found: dict[str, Any], named: str) -> str:
    """Return what failed in Redshift's words, with the statement of the transaction that did."""
    parts = found.get("SubStatements", [])
    number, failed = next(((number, part) for number, part in enumerate(parts, 1) if part["Status"] == "FAILED"), (1, found))
    said = failed.get("Error") or found.get("Error") or "without a word"
    place = f"statement {number} of {len(parts)}" if parts else "its statement"
    return f"{named}: {place} {found['Status'].lower()}: {said} | {' '.join(str(failed.get('QueryString', '')).split())[:500]}"


def _text(value: dict[str, Any]) -> str:
    return "" if value.get("isNull") else str(next(iter(value.values())))
