"""The warehouse's copy of a product, for tests: as it is, spoilt, and loaded again."""

import json
from typing import Any

from tests.end_to_end.lake import Lake, Rows, eventually

PRODUCT = "daily_punctuality"
COLUMNS = "cast(flight_date as varchar) as flight_date, carrier, airline, flights, cancelled, departed, delayed_15"
GROUP = "(flight_date, carrier, flights, cancelled, departed, delayed_15) values ('1999-12-31', 'XX', 1, 1, 0, 0)"


def in_lake(lake: Lake) -> Rows:
    """Return the product as Athena gives it."""
    return lake.query(f"select {COLUMNS} from {PRODUCT} order by 1, 2")


def copied(lake: Lake) -> Rows:
    """Return the warehouse's copy of it."""
    return rows(lake, f"select {COLUMNS} from native.{PRODUCT} order by 1, 2")


def rows(lake: Lake, sql: str) -> Rows:
    """Return what the warehouse answers to one statement, which must succeed; nothing where it is no question."""
    api = lake.client("redshift-data")
    place = {"WorkgroupName": lake.output("WorkgroupName"), "Database": lake.output("WarehouseDatabase")}
    number = api.execute_statement(**place, Sql=sql)["Id"]
    found: dict[str, Any] = {}

    def ended() -> bool:
        found.update(api.describe_statement(Id=number))
        return found["Status"] not in ("SUBMITTED", "PICKED", "STARTED")

    eventually(ended, "the end of a statement")
    assert found["Status"] == "FINISHED", found
    if not found["HasResultSet"]:
        return []
    pages = list(api.get_paginator("get_statement_result").paginate(Id=number))
    names = [column["name"] for column in pages[0]["ColumnMetadata"]]
    return [dict(zip(names, map(plain, record), strict=True)) for page in pages for record in page["Records"]]


def plain(field: dict[str, Any]) -> Any:
    """Return a field of a result as a plain value."""
    ((kind, value),) = field.items()
    return None if kind == "isNull" else value


def spoil(lake: Lake) -> None:
    """Add a group to the copy that the lake does not have, change one, and take one away."""
    rows(lake, f"insert into native.{PRODUCT} {GROUP}")
    rows(lake, f"update native.{PRODUCT} set flights = 7 where carrier = 'AA'")
    rows(lake, f"delete from native.{PRODUCT} where carrier = 'UA'")


def load(lake: Lake) -> str:
    """Ask for a load, and return how the execution ended that came of it."""
    machines, machine = lake.client("stepfunctions"), lake.output("LoadMachineArn")
    before = {one["executionArn"] for one in machines.list_executions(stateMachineArn=machine)["executions"]}
    asked = json.dumps({"detail-type": "Load Requested", "detail": {"dataset": PRODUCT}})
    machines.start_execution(stateMachineArn=lake.output("LoadRequestMachineArn"), input=asked)
    ended: list[str] = []

    def came() -> bool:
        found = [one for one in machines.list_executions(stateMachineArn=machine)["executions"] if one["executionArn"] not in before]
        ended[:] = [one["status"] for one in found if one["status"] != "RUNNING"]
        return bool(ended)

    eventually(came, "the end of a load")
    return ended[0]
