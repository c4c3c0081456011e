"""Show the last refreshes with their row accounts, and the objects of which rows are in no table, with the reason."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from cli.common.console import out
from cli.common.datasets import contract, contracts
from cli.common.ledger import ROWS, UNDONE, UNKNOWN, Item, Ledger, seconds
from cli.common.options import Environment
from cli.common.session import connect
from cli.common.tables import rendered


class Form(StrEnum):
    """How runs are printed."""

    TABLE = "table"
    JSON = "json"


def run(
    dataset: Annotated[str | None, typer.Argument(help="Only this one.")] = None,
    format: Annotated[Form, typer.Option(help="json stands alone on standard output.")] = Form.TABLE,
    last: Annotated[int, typer.Option(help="How many refreshes of each dataset.", min=1)] = 10,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    names = [contract(lake, dataset).name] if dataset else list(contracts(lake))
    ledger = Ledger.of(lake)
    runs = [item for name in names for item in ledger.runs(name, last)]
    objects = odd(ledger, [*names, *([] if dataset else [UNKNOWN])], {item["run"] for item in runs})
    if format is Form.JSON:
        print(json.dumps({"runs": runs, "objects": objects}, indent=1, default=str))
    else:
        show(runs, objects)


def odd(ledger: Ledger, names: list[str], runs: set[str]) -> list[Item]:
    """Return the objects that were not taken in whole: those of which some records were, if one of `runs` took them."""
    return [item for name in names for item in ledger.undone(name) if item["state"] in UNDONE or item["run"] in runs]


def show(runs: list[Item], objects: list[Item]) -> None:
    """Print runs and objects for people."""
    if not runs and not objects:
        out.print("nothing was refreshed yet; land a file: ./lake land DATASET FILE")
    if runs:
        out.print(rendered(["run", "status", "seconds", *ROWS], [row(item) for item in runs]))
        for item in runs:
            for why in filter(None, [item.get("cause"), *item.get("warnings", [])]):
                out.print(f"{item['run']}: {why}", markup=False)
    if objects:
        columns = ["dataset", "object", "state", "reason"]
        out.print(
            rendered(columns, [[item.get(name) for name in columns] for item in objects], title="Objects of which rows are in no table")
        )


def row(item: Item) -> list[Any]:
    """Return a run's record as a row of the table."""
    return [item["run"], item["status"], seconds(item), *(item.get(name) for name in ROWS)]
