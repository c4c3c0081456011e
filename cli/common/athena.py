"""SQL through the lake's workgroup."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.common import outputs
from cli.common.errors import UserError
from cli.common.session import Lake

if TYPE_CHECKING:
    from mypy_boto3_athena.type_defs import QueryExecutionTypeDef

PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)  # seconds between looks; the last one again and again

# Athena gives every value as text; these types read better as what they are
VALUES: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("real", "float", "double"), float),
    "boolean": lambda text: text == "true",
}


@dataclass(frozen=True)
class Answer:
    """What a query gave: values as Python's, None for null."""

    columns: list[str]
    rows: list[list[Any]]


def query(lake: Lake, sql: str) -> Answer:
    """Return the answer to one statement.

    Raises:
        UserError: not deployed, or Athena refused it; with its reason.
    """
    workgroup = outputs.value(lake, outputs.CATALOG, "Workgroup")
    database = outputs.value(lake, outputs.CATALOG, "ConsumerDatabaseName")
    started = lake.athena.start_query_execution(QueryString=sql, WorkGroup=workgroup, QueryExecutionContext={"Database": database})
    execution = _finished(lake, started["QueryExecutionId"])
    if execution["Status"]["State"] != "SUCCEEDED":
        reason = execution["Status"].get("StateChangeReason", "no reason given").strip()
        raise UserError(f"the query {execution['Status']['State'].lower()}: {reason.splitlines()[0]}")
    return _answer(lake, started["QueryExecutionId"], with_header=execution.get("StatementType", "DML") == "DML")


def _finished(lake: Lake, query_id: str) -> "QueryExecutionTypeDef":
    looks = 0
    try:
        while True:
            execution = lake.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            time.sleep(PAUSES[min(looks, len(PAUSES) - 1)])
            looks += 1
    except KeyboardInterrupt:
        lake.athena.stop_query_execution(QueryExecutionId=query_id)
        raise


def _answer(lake: Lake, query_id: str, *, with_header: bool) -> Answer:
    pages = list(lake.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id))
    columns = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    texts = [[datum.get("VarCharValue") for datum in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    if with_header and texts:
        del texts[0]  # Athena's first row of a query names the columns
    types = [column["Type"] for column in columns]
    return Answer([column["Name"] for column in columns], [values(types, row) for row in texts])


def values(types: Sequence[str], texts: Sequence[str | None]) -> list[Any]:
    """Return a row's texts as values of their columns' types."""
    return [None if text is None else VALUES.get(kind, str)(text) for kind, text in zip(types, texts, strict=True)]
