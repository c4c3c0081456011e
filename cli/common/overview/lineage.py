"""Where datasets and their columns come from, as contracts and SQL tell it."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage

from contracts.contract import Column, Contract


@dataclass(frozen=True, order=True)
class Origin:
    """A column of a dataset, or where `dataset` is None a field of what arrives."""

    dataset: str | None
    column: str


def columns(contract: Contract, contracts: Mapping[str, Contract]) -> dict[str, tuple[Origin, ...]]:
    """Return the origins of each column, in their order; none where it is made of no column, as a count of rows, or where SQL does not tell."""
    if contract.sql is None:
        return {column.name: fields(column) for column in contract.columns}
    schema = {name: {column.name: column.type for column in contracts[name].columns} for name in contract.inputs if name in contracts}
    return {column.name: selected(column.name, contract.sql, schema) for column in contract.columns}


def fields(column: Column) -> tuple[Origin, ...]:
    """Return the fields of the source that a column is cast or computed from."""
    if column.source is not None:
        return (Origin(None, column.source),)
    if column.expression is None:
        return ()
    named = sqlglot.parse_one(column.expression, read="spark").find_all(exp.Column)
    return tuple(dict.fromkeys(Origin(None, one.name) for one in named))


def selected(column: str, sql: str, schema: Mapping[str, Mapping[str, str]]) -> tuple[Origin, ...]:
    """Return the columns of inputs that a column of a query is made of."""
    try:
        found = lineage(column, sql, schema=dict(schema), dialect="spark")
    except (SqlglotError, ValueError):
        return ()
    leaves = [node for node in found.walk() if not node.downstream and isinstance(node.source, exp.Table)]
    return tuple(sorted({Origin(str(node.source.name), node.name.rpartition(".")[2]) for node in leaves if node.source.name in schema}))


def used_by(contracts: Mapping[str, Contract]) -> dict[Origin, tuple[Origin, ...]]:
    """Return each column of an input with the columns that are made of it."""
    found: dict[Origin, list[Origin]] = {}
    for name, contract in contracts.items():
        if contract.is_product:
            for column, origins in columns(contract, contracts).items():
                for origin in origins:
                    found.setdefault(origin, []).append(Origin(name, column))
    return {origin: tuple(made) for origin, made in found.items()}


def ways(contract: Contract) -> tuple[str, ...]:
    """Return how a dataset arrives: as files, by the stream, from an API."""
    if contract.is_product:
        return ()
    files = "API" if contract.pull else "files"
    return tuple(word for word, source in ((files, contract.source), ("stream", contract.stream)) if source is not None)
