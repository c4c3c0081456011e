"""The types of parts of a query, for where one dialect computes otherwise than another."""

from collections.abc import Iterable, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

INTEGERS = tuple(exp.DataType.INTEGER_TYPES)
NUMBER = "number"
Tables = Mapping[str, Mapping[str, Mapping[str, str | exp.DataType]]]
"""schema -> table -> column -> type."""


def numbered(query: exp.Expr, kinds: tuple[type[exp.Expr], ...]) -> list[exp.Expr]:
    """Return the parts of some kinds, each with its place in the list as its number."""
    found = list(query.find_all(*kinds))
    for place, part in enumerate(found):
        part.meta[NUMBER] = place
    return found


def annotated(query: exp.Expr, tables: Tables, schema: str, dialect: str, types: str) -> Iterable[exp.Expr]:
    """Return the numbered parts of a copy of a query with their types; none where a name in it is not understood.

    Args:
        tables: that the query reads.
        schema: of those that it names without one.
        types: dialect of the types of columns.
    """
    plain: dict[str, object] = {name: {table: dict(columns) for table, columns in members.items()} for name, members in tables.items()}
    mapping = MappingSchema(plain, dialect=types)
    try:
        qualified = qualify(query.copy(), schema=mapping, db=schema, dialect=dialect, validate_qualify_columns=False)
        typed = annotate_types(qualified, schema=mapping, dialect=dialect)
    except SqlglotError:
        return []  # DuckDB will say what is wrong with it
    return [part for part in typed.walk() if NUMBER in part.meta]
