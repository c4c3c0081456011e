"""A product: its inputs pinned, its query run, its result checked and published."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from contracts.contract import Column as ContractColumn
from contracts.contract import Contract
from glue_jobs.common.errors import BrokenResultError, SchemaConflictError
from glue_jobs.common.publish import Write, overtaken, publish, while_main_moves
from glue_jobs.common.run import Outcome, Run
from glue_jobs.common.sql import name
from glue_jobs.common.table import Table

INPUTS = "lake.inputs"
DEFINITION = "lake.definition"


@dataclass(frozen=True)
class Input:
    """A dataset that the product reads, at one snapshot; None where it was never published."""

    table: Table
    snapshot: int | None


def pin_inputs(run: Run, databases: Mapping[str, str]) -> dict[str, Input]:
    """Return each input at its snapshot of now, so that the whole product is made from one state of the lake.

    Args:
        databases: dataset -> the database it lies in; a product may read another product.
    """
    tables = {dataset: Table(run.spark, databases[dataset], dataset) for dataset in run.contract.inputs}
    pinned = {dataset: Input(table, table.refs().get("main") if table.exists() else None) for dataset, table in tables.items()}
    run.steps.step("pinned", **{dataset: pin.snapshot for dataset, pin in pinned.items()})
    return pinned


def built_from(contract: Contract, inputs: Mapping[str, Input]) -> dict[str, str]:
    """Return what a product's snapshot remembers: the snapshots of its inputs, and a hash of its contract with its SQL."""
    snapshots = {dataset: pin.snapshot for dataset, pin in sorted(inputs.items())}
    return {INPUTS: json.dumps(snapshots), DEFINITION: hashlib.sha256(contract.to_json().encode()).hexdigest()}


@dataclass(frozen=True, kw_only=True)
class Build:
    """A snapshot of the product, and what it was built from; without one where none has been built, or it has expired."""

    snapshot: int | None = None
    made_from: Mapping[str, str] = field(default_factory=dict)

    def is_made_from(self, wanted: Mapping[str, str]) -> bool:
        return all(self.made_from.get(key) == value for key, value in wanted.items())


def last_build(table: Table) -> Build:
    """Return what readers see; snapshots of other writers, as compaction, remember nothing."""
    published = table.history()
    remembered = (
        Build(snapshot=key, made_from=noted) for key, noted in table.summaries().items() if key in published and DEFINITION in noted
    )
    return next(remembered, Build())


def build(run: Run, inputs: Mapping[str, Input]) -> DataFrame:
    """Run the query over views of the pinned inputs, and return its result with the columns and types of the contract.

    Raises:
        SchemaConflictError: the query's columns are not the contract's.
        BrokenResultError: a value is missing or of another type, or the key is not unique.
    """
    for dataset, pin in inputs.items():
        if pin.snapshot is not None:
            pin.table.at(pin.snapshot).createOrReplaceTempView(dataset)
    selected = run.spark.sql(run.contract.sql or "")
    check_columns(selected.columns, run.contract)
    # Iceberg's tables are equal to Spark if their names are: what an earlier snapshot left here would answer for this one
    selected.unpersist()
    result = selected.persist()
    check_result(result, run.contract)
    run.steps.step("built")
    return result.select(*(_typed(column).alias(column.name) for column in run.contract.columns))


def publish_product(run: Run, table: Table, result: DataFrame, wanted: Mapping[str, str], last: Build) -> Outcome:
    """Put the result in the place of all that the product held.

    Args:
        last: the build that this one follows.

    Raises:
        OvertakenError: another run has built the product meanwhile, maybe from newer inputs.
    """

    def attempt() -> Outcome:
        base = table.refs().get("main")
        if last_build(table).snapshot != last.snapshot:
            raise overtaken(table, "another run has published")
        write = Write(base=base, rows=result, commit=lambda branch: table.overwrite(result, branch, wanted), accounts=[])
        published = publish(run, table, write)
        facts = {"snapshot": str(published.snapshot), "rows": published.rows, "warnings": list(published.warnings)}
        return Outcome(status="published", facts=facts)

    return while_main_moves(run, table, attempt)


def check_columns(found: list[str], contract: Contract) -> None:
    """Raise SchemaConflictError where a query's columns are not the contract's, in whatever order."""
    wanted = [column.name for column in contract.columns]
    faults = [
        *(f"lacks {column}" for column in wanted if column not in found),
        *(f"has {column}, which the contract does not name" for column in found if column not in wanted),
    ]
    if faults:
        raise SchemaConflictError(f"the SQL of {contract.name} {'; '.join(faults)}. Make SQL and contract agree.")


def check_result(result: DataFrame, contract: Contract) -> None:
    """Raise BrokenResultError with every column at fault and the number of its rows, found in one pass."""
    counts = {reason: F.count(F.when(condition, 1)) for reason, condition in _faults(contract).items()}
    counts |= (
        {f"the key ({', '.join(contract.key)}) is not unique": F.count("*") - F.countDistinct(F.struct(*contract.key))}
        if contract.key
        else {}
    )
    row = result.agg(*counts.values()).collect()[0] if counts else ()
    broken = [f"{reason} in {rows} rows" for reason, rows in zip(counts, row, strict=True) if rows]
    if broken:
        raise BrokenResultError(
            f"the result of {contract.name}: {'; '.join(broken)}. Nothing was published; correct the SQL or the contract."
        )


def _faults(contract: Contract) -> dict[str, Column]:
    casts = {f"{column.name} is not {column.type}": F.col(column.name).isNotNull() & _typed(column).isNull() for column in contract.columns}
    required = [column.name for column in contract.columns if column.required or column.name in contract.key]
    return {**casts, **{f"{column} is missing": F.col(column).isNull() for column in required}}


def _typed(column: ContractColumn) -> Column:
    return F.expr(f"try_cast({name(column.name)} as {column.type})")
