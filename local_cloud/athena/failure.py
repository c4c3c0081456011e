"""Why a query failed, in Athena's words."""

import re

import duckdb
from sqlglot import exp


class QueryError(Exception):
    """A query cannot be answered.

    Attributes:
        code: Athena's name for the kind of failure.
        position: character at which the cause stands in the query, from 0; None where unknown.
    """

    def __init__(self, code: str, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.position = position

    def reason(self, query: str) -> str:
        """Return the StateChangeReason of `query`."""
        place = "" if self.position is None else f"line {query.count(chr(10), 0, self.position) + 1}:{self._column(query)}: "
        return f"{self.code}: {place}{self}"

    def _column(self, query: str) -> int:
        position = self.position or 0
        return position - query.rfind("\n", 0, position)


class ScanLimitError(QueryError):
    """A query would read more than its workgroup lets it."""


_UNKNOWN_COLUMN = re.compile(r'(?:Referenced column "(?P<plain>[^"]+)" not found|does not have a column named "(?P<qualified>[^"]+)")')
_UNKNOWN_FUNCTION = re.compile(r"Function with name (?P<name>\S+) does not exist", re.IGNORECASE)


def from_duckdb(error: duckdb.Error, parsed: exp.Expr) -> QueryError:
    """Return what Athena would say of an error of DuckDB."""
    told = str(error).splitlines()[0]
    if found := _UNKNOWN_COLUMN.search(told):
        name = found["plain"] or found["qualified"]
        message = f"Column '{name}' cannot be resolved or requester is not authorized to access requested resources"
        return QueryError("COLUMN_NOT_FOUND", message, _position(parsed, name))
    if found := _UNKNOWN_FUNCTION.search(told):
        return QueryError("FUNCTION_NOT_FOUND", f"Function '{found['name']}' not registered", _position(parsed, found["name"]))
    codes: dict[type[duckdb.Error], str] = {
        duckdb.BinderException: "SYNTAX_ERROR",
        duckdb.ParserException: "SYNTAX_ERROR",
        duckdb.ConversionException: "INVALID_CAST_ARGUMENT",
        duckdb.OutOfRangeException: "NUMERIC_VALUE_OUT_OF_RANGE",
        duckdb.OutOfMemoryException: "EXCEEDED_MEMORY_LIMIT",
    }
    return QueryError(codes.get(type(error), "GENERIC_INTERNAL_ERROR"), told.partition("Error: ")[2] or told)


def _position(parsed: exp.Expr, name: str) -> int | None:
    named = [node for node in parsed.find_all(exp.Identifier, exp.Func) if node.name.lower() == name.lower() and "start" in node.meta]
    return named[0].meta["start"] if named else None
