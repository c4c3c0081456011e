"""What a query asks for: rows, a list of names, a description, a plan. All else is refused by name."""

import re
from dataclasses import dataclass
from enum import Enum, auto

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from local_cloud.athena.failure import QueryError

DIALECT = "athena"


class Kind(Enum):
    """What a statement gives."""

    ROWS = auto()
    PLAN = auto()
    TABLES = auto()
    DATABASES = auto()
    COLUMNS = auto()


class MalformedQueryError(Exception):
    """A query is no SQL; Athena refuses it before it runs."""


@dataclass(frozen=True)
class Statement:
    """A query, understood.

    Attributes:
        parsed: of ROWS and PLAN.
        database: named in the statement.
        table: of COLUMNS.
        pattern: of TABLES, as a regular expression.
    """

    kind: Kind
    parsed: exp.Expr | None = None
    database: str | None = None
    table: str | None = None
    pattern: str | None = None

    @property
    def type(self) -> str:
        """Athena's StatementType."""
        return "DML" if self.kind is Kind.ROWS else "UTILITY"


_NAME = r"[`\"]?([\w$-]+)[`\"]?"
_SHOW_TABLES = re.compile(rf"show\s+tables(?:\s+(?:in|from)\s+{_NAME})?(?:\s+'([^']*)')?", re.IGNORECASE)
_SHOW_DATABASES = re.compile(r"show\s+(?:databases|schemas)", re.IGNORECASE)
_DESCRIBE = re.compile(rf"(?:describe|desc|show\s+columns\s+(?:in|from))\s+(?:{_NAME}\.)?{_NAME}", re.IGNORECASE)
_EXPLAIN = re.compile(r"explain\s+(?!analyze\b)(?=select\b|with\b|\()", re.IGNORECASE)


def understand(query: str) -> Statement:
    """Return what `query` asks for.

    Raises:
        MalformedQueryError: it is no SQL.
        QueryError: it is SQL that the local cloud does not run.
    """
    text = re.sub(r"\A(?:\s|--[^\n]*\n|/\*.*?\*/)+", "", query, flags=re.DOTALL).rstrip().removesuffix(";").rstrip()
    if found := _SHOW_TABLES.fullmatch(text):
        return Statement(Kind.TABLES, database=found[1], pattern=found[2])
    if _SHOW_DATABASES.fullmatch(text):
        return Statement(Kind.DATABASES)
    if found := _DESCRIBE.fullmatch(text):
        return Statement(Kind.COLUMNS, database=found[1], table=found[2])
    if found := _EXPLAIN.match(text):
        # Blanks keep every position as it is in the query.
        return Statement(Kind.PLAN, _rows(" " * found.end() + text[found.end() :]))
    return Statement(Kind.ROWS, _rows(query))


def _rows(query: str) -> exp.Expr:
    statements = _parse(query)
    if len(statements) != 1:
        raise MalformedQueryError(f"Only one sql statement is allowed. Got: {len(statements)}")
    parsed = statements[0]
    if not isinstance(parsed, exp.Query) and not isinstance(parsed, exp.Values):
        what = " ".join(query.split(None, 2)[:2])
        possible = "SELECT, EXPLAIN, SHOW TABLES, SHOW DATABASES and DESCRIBE"
        raise QueryError("NOT_SUPPORTED", f"the local cloud does not run {what}; it has {possible}")
    for relation in parsed.find_all(exp.Table):
        if not isinstance(relation.this, exp.Identifier):
            raise QueryError("NOT_SUPPORTED", f"the local cloud does not read from {relation.this.sql(DIALECT)}; it reads from tables")
    return parsed


def _parse(query: str) -> list[exp.Expr]:
    try:
        return [statement for statement in sqlglot.parse(query, read=DIALECT) if statement is not None]
    except ParseError as error:
        found = error.errors[0]
        raise MalformedQueryError(
            f"line {found['line']}:{found['col']}: mismatched input '{found['highlight']}'. {found['description']}"
        ) from error
    except TokenError as error:
        raise MalformedQueryError(str(error)) from error
