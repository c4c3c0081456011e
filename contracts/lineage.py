"""What a product's SQL reads and gives, found in the SQL itself."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import ParseError

from contracts.contract import Contract

# a product rebuilt from the same inputs must be the same product
NON_DETERMINISTIC = {
    "current_date", "current_time", "current_timestamp", "current_timezone", "input_file_name", "localtimestamp",
    "monotonically_increasing_id", "now", "rand", "randn", "random", "shuffle", "spark_partition_id", "unix_timestamp", "uuid",
}  # fmt: skip


class SqlError(Exception):
    """SQL that no product can be made of; `line` counts from 1 in the SQL file."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def parse(sql: str) -> exp.Query:
    """Return the one query in `sql`.

    Raises:
        SqlError: not Spark SQL, not one query, or one that gives another answer each time.
    """
    try:
        statements = sqlglot.parse(sql, read="spark")
    except ParseError as error:
        first = error.errors[0]
        raise SqlError(f"not Spark SQL: {first['description']}", first["line"]) from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise SqlError(f"expected one query, got {len(statements)} statements")
    for name, line in changing(statements[0]):
        raise SqlError(f"{name} gives another answer each time, so a rebuilt product would differ; take the time from a column", line)
    return statements[0]


def changing(expression: exp.Expr) -> Iterator[tuple[str, int]]:
    """Yield the functions that give another answer each time, and their lines."""
    for function in expression.find_all(exp.Func):
        name = function.name.lower() if isinstance(function, exp.Anonymous) else function.sql_name().lower()
        if name in NON_DETERMINISTIC:
            yield name, _line(function)


def inputs(query: exp.Query) -> dict[str, int]:
    """Return the datasets that `query` reads, each with the line it is first named on.

    Raises:
        SqlError: a name with a database in front; a job gives each dataset's name a view.
    """
    common = {expression.alias_or_name for expression in query.find_all(exp.CTE)}
    found: dict[str, int] = {}
    for table in query.find_all(exp.Table):
        if table.db:
            raise SqlError(f"{table.sql()} has a database in front; name an input by its dataset alone, as {table.name}", _line(table))
        if table.name not in common:
            found.setdefault(table.name, _line(table))
    return found


def outputs(query: exp.Query) -> list[str]:
    """Return the names of the columns that `query` gives, in order."""
    return list(query.named_selects)


def first_cycle(contracts: Mapping[str, Contract]) -> list[str]:
    """Return the datasets of a circle of inputs, or nothing."""
    try:
        TopologicalSorter({contract.name: contract.inputs for contract in contracts.values()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _line(expression: exp.Expression | exp.Func) -> int:
    for node in expression.walk():
        if "line" in node.meta:
            return int(node.meta["line"])
    return 1
