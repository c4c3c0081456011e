"""Show what was set apart, take it through the normal path again, or drop it; the next refresh does what is asked, exactly once."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from cli.common import athena, tables
from cli.common.console import out
from cli.common.datasets import contract
from cli.common.errors import UserError
from cli.common.ledger import Item, Ledger
from cli.common.options import Environment
from cli.common.session import Lake, connect
from cli.retry import REFRESH, request
from contracts.asked import Ask
from contracts.contract import Contract, Load

ROWS = """select _object, array_join(_reasons, '; ') as reasons, _record from {table}{where}
order by _arrived_at desc, _object, _record limit {most}"""


class Action(StrEnum):
    """What to do with it."""

    SHOW = "show"
    REDRIVE = "redrive"
    DROP = "drop"


class Form(StrEnum):
    """How it is shown."""

    TABLE = "table"
    JSON = "json"


def run(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset that is fed from raw.")],
    action: Annotated[Action, typer.Argument(help="redrive takes it in again, drop takes it away for good.")] = Action.SHOW,
    key: Annotated[str | None, typer.Option("--object", help="Only what came with this object of raw.", metavar="KEY")] = None,
    because: Annotated[str | None, typer.Option(help="Why it is dropped; kept with the objects' accounts.", metavar="WHY")] = None,
    most: Annotated[int, typer.Option(help="How many rows are shown.", min=1)] = 20,
    format: Annotated[Form, typer.Option(help="json stands alone on standard output.")] = Form.TABLE,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    found = contract(lake, dataset)
    if found.is_product:
        raise UserError(f"{dataset} is a product, and nothing of one is set apart; its inputs have quarantines: {', '.join(found.inputs)}")
    ledger = Ledger.of(lake)
    listed = ledger.apart(dataset, key)
    if action is Action.SHOW:
        show(listed, rows_of(lake, found, key, most), format, key)
    elif action is Action.REDRIVE:
        told(ask(lake, ledger, listed, [*superseded(listed, found, ledger)], Ask.REDRIVE, "to take it in again"), dataset, key)
    elif not because or not because.strip():
        raise UserError(f"why is it dropped? ./lake quarantine {dataset} drop --because WHY; it is kept with the accounts")
    else:
        told(ask(lake, ledger, listed, [], Ask.DROP, because.strip()), dataset, key)


def rows_of(lake: Lake, found: Contract, key: str | None, most: int) -> athena.Answer:
    """Return the newest rows of a dataset's quarantine; none before its first refresh."""
    database, name = f"{lake.settings.name}_{found.zone}", f"{found.name}_quarantine"
    try:
        lake.glue.get_table(DatabaseName=database, Name=name)
    except lake.glue.exceptions.EntityNotFoundException:
        return athena.Answer(["_object", "reasons", "_record"], [])
    where = "" if key is None else " where _object = '{}'".format(key.replace("'", "''"))
    return athena.query(lake, ROWS.format(table=f"{database}.{name}", where=where, most=most))


def show(listed: list[Item], rows: athena.Answer, form: Form, key: str | None = None) -> None:
    """Print the objects of which something is set apart, and rows of the quarantine."""
    columns = ["object", "state", "quarantined", "asked", "reason"]
    if form is Form.JSON:
        objects = [{name: item.get(name) for name in columns} for item in listed]
        print(json.dumps({"objects": objects, "rows": [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]}, indent=1))
        return
    if not listed and not rows.rows:
        out.print(nothing(key), markup=False)
        return
    out.print(tables.rendered(columns, [[item.get(name) for name in columns] for item in listed], title="Objects"))
    if rows.rows:
        out.print(tables.rendered(rows.columns, rows.rows, title="Rows, the newest first"))


def superseded(listed: list[Item], found: Contract, ledger: Ledger) -> list[Item]:
    """Return the objects that a newer one has taken the place of, since each of them is the whole table."""
    if found.load is not Load.SNAPSHOT:
        return []
    newest = ledger.publication(found.name).get("newest", "")
    return [item for item in listed if f"{item.get('arrived_at', '')}#{item['object']}" < newest]


def ask(lake: Lake, ledger: Ledger, listed: list[Item], left_out: list[Item], what: Ask, because: str) -> dict[str, Any]:
    """Write into the ledger what is asked of each object, unless something is asked of it already.

    Returns:
        How many objects it is asked of, of how many it was asked before, and how many are left out.
    """
    by = lake.caller()
    numbers = {"asked": 0, "already": 0, "left out": len(left_out)}
    for item in (item for item in listed if item not in left_out):
        try:
            ledger.ask(item, what, by, because)
            numbers["asked"] += 1
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            numbers["already"] += 1
    if numbers["asked"] or numbers["already"]:
        request(lake, listed[0]["dataset"], REFRESH)
    return numbers


def told(numbers: dict[str, Any], dataset: str, key: str | None = None) -> None:
    """Say what was asked."""
    if not any(numbers.values()):
        out.print(nothing(key), markup=False)
        return
    if numbers["left out"]:
        out.print(f"{numbers['left out']:,} objects are left out: a newer one is the whole table since; drop them")
    if numbers["already"]:
        out.print(f"of {numbers['already']:,} objects something is asked already")
    if numbers["asked"] or numbers["already"]:
        out.print(f"asked of {numbers['asked']:,} objects; ./lake wait, then ./lake quarantine {dataset}", markup=False)


def nothing(key: str | None) -> str:
    """Return that nothing is there, of the one object that was meant or of all."""
    return "nothing is set apart" if key is None else f"no object {key} is set apart; without --object all are meant"
