"""The tables of a dataset: made by the first run that needs them, evolved by the next. No stack declares them."""

from collections.abc import Sequence

from contracts.contract import TECHNICAL_COLUMNS
from glue_jobs.common.quarantine import COLUMNS, PARTITION_BY, SUFFIX
from glue_jobs.common.run import Run
from glue_jobs.common.table import Table, TableColumn


def contract_columns(run: Run) -> list[TableColumn]:
    return [
        TableColumn(name=column.name, type=column.type, description=column.description, former=column.former)
        for column in run.contract.columns
    ]


def dataset_columns(run: Run) -> list[TableColumn]:
    """Return the columns of the dataset's table: those of its contract and, unless it is a product, the technical ones."""
    technical = [] if run.contract.is_product else [TableColumn(name=name, type=type_) for name, type_ in TECHNICAL_COLUMNS.items()]
    return [*contract_columns(run), *technical]


def ensure_table(run: Run) -> Table:
    """Return the dataset's table."""
    return ensure(run, run.contract.name, dataset_columns(run), run.contract.partition_by)


def ensure_quarantine_table(run: Run) -> Table:
    """Return the table for rows that break the dataset's contract."""
    return ensure(run, f"{run.contract.name}{SUFFIX}", COLUMNS, PARTITION_BY)


def ensure(run: Run, name: str, columns: Sequence[TableColumn], partition_by: Sequence[str]) -> Table:
    """Return a table of the run's database that surely has these columns.

    Raises:
        LostTableError: there was such a table, and the catalog has lost it.
        SchemaConflictError: it has another type for one of the columns.
    """
    run.catalog.check(name)
    table = Table(run.spark, run.database, name)
    table.ensure(columns, partition_by, f"{run.warehouse}/{name}")
    run.steps.step("table", table=name)
    return table
