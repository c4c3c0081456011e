"""The warehouse's copy of a product, for tests: as it is, spoilt, and loaded again."""

import json

from tests.end_to_end.lake import Lake, Rows, eventually

PRODUCT = "daily_punctuality"
COLUMNS = "cast(flight_date as varchar) as flight_date, carrier, airline, flights, cancelled, departed, delayed_15"


def in_lake(lake: Lake) -> Rows:
    """Return the product as Athena gives it."""
    return lake.query(f"select {COLUMNS} from {PRODUCT} order by 1, 2")


def copied(lake: Lake) -> Rows:
    """Return the warehouse's copy of it."""
    return lake.query(f"select {COLUMNS} from native.{PRODUCT} order by 1, 2", engine="redshift")


def statement(lake: Lake, sql: str) -> None:
    """Run a statement in the warehouse, which must succeed."""
    lake.run("query", sql, "--engine", "redshift")


def spoil(lake: Lake) -> None:
    """Add a group to the copy that the lake does not have, change one, and take one away."""
    statement(
        lake,
        f"insert into native.{PRODUCT} (flight_date, carrier, flights, cancelled, departed, delayed_15) values ('1999-12-31', 'XX', 1, 1, 0, 0)",
    )
    statement(lake, f"update native.{PRODUCT} set flights = 7 where carrier = 'AA'")
    statement(lake, f"delete from native.{PRODUCT} where carrier = 'UA'")


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
