"""SQL through the Data API of the lake's warehouse."""

import time
from typing import Any

from cli.common import outputs
from cli.common.athena import PAUSES, Answer
from cli.common.errors import UserError
from cli.common.session import Lake

RUNNING = ("SUBMITTED", "PICKED", "STARTED")


def check_enabled(lake: Lake) -> None:
    """Raise UserError for an environment without a warehouse."""
    if not lake.settings.warehouse.enabled:
        raise UserError(
            f"{lake.environment} has no warehouse: warehouse.enabled is false in its settings; make it true, then ./lake deploy"
        )


def query(lake: Lake, sql: str) -> Answer:
    """Return the answer to one statement; one without a result has no columns.

    Raises:
        UserError: there is no warehouse, it is not deployed, or it refused the statement; with its reason.
    """
    check_enabled(lake)
    workgroup = outputs.value(lake, outputs.WAREHOUSE, "WorkgroupName")
    database = outputs.value(lake, outputs.WAREHOUSE, "WarehouseDatabase")
    started = lake.redshift_data.execute_statement(WorkgroupName=workgroup, Database=database, Sql=sql)
    statement = _finished(lake, started["Id"])
    if statement["Status"] != "FINISHED":
        raise UserError(f"the query {statement['Status'].lower()}: {_reason(statement)}")
    return _answer(lake, started["Id"]) if statement["HasResultSet"] else Answer([], [])


def value(field: dict[str, Any], column: dict[str, Any]) -> Any:
    """Return a field of a result as Python's value, None for null; a numeric without a fraction is a whole number."""
    ((kind, found),) = field.items()
    if kind == "isNull":
        return None
    whole = column.get("typeName") == "numeric" and not column.get("scale")
    return int(found) if whole else found


def _finished(lake: Lake, statement_id: str) -> dict[str, Any]:
    looks = 0
    try:
        while True:
            statement: dict[str, Any] = lake.redshift_data.describe_statement(Id=statement_id)
            if statement["Status"] not in RUNNING:
                return statement
            time.sleep(PAUSES[min(looks, len(PAUSES) - 1)])
            looks += 1
    except KeyboardInterrupt:
        lake.redshift_data.cancel_statement(Id=statement_id)
        raise


def _reason(statement: dict[str, Any]) -> str:
    lines = str(statement.get("Error") or "no reason given").strip().splitlines()
    return lines[0].removeprefix("ERROR: ")


def _answer(lake: Lake, statement_id: str) -> Answer:
    pages = list(lake.redshift_data.get_paginator("get_statement_result").paginate(Id=statement_id))
    columns = pages[0]["ColumnMetadata"]
    rows = [[value(field, column) for field, column in zip(row, columns, strict=True)] for page in pages for row in page["Records"]]
    return Answer([column["label"] for column in columns], rows)
