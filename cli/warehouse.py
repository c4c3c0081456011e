"""The warehouse: what it was brought to and which snapshots it holds (status), and bringing it up to date now (migrate)."""

import typer

from cli.common.console import err, out, step
from cli.common.datasets import contracts
from cli.common.ledger import Ledger
from cli.common.options import Environment
from cli.common.session import connect
from cli.common.tables import rendered
from cli.common.warehouse import WANTED, ask, copy
from warehouse.apply import Record, contradictions
from warehouse.migrations import read

COLUMNS = ("name", "kind", "state", "applied_at")
COPY_COLUMNS = ("copy", "state", "rows", "loaded snapshot", "announced snapshot", "loaded_at")
app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.command()
def status(env: Environment = "local") -> None:
    """Show each migration and definition, and for each copy the snapshot that it holds beside the one that was announced."""
    lake = connect(env)
    told = ask(lake, "status")
    out.print(
        rendered(COLUMNS, [[one.get(name) for name in COLUMNS] for one in told["migrations"]], title="What the warehouse was brought to")
    )
    ledger, loads = Ledger.of(lake), {load["dataset"]: load for load in told["loads"]}
    copies = [copy(name, loads.get(name), ledger.publication(name)) for name, contract in contracts(lake).items() if contract.native]
    if copies:
        out.print(rendered(COPY_COLUMNS, copies, title="Copies in schema native"))
    for one in told["migrations"]:
        if one["state"] in WANTED:
            err.print(f"{one['name']} {WANTED[one['state']]}; ./lake warehouse migrate --env {env} says more, or does it", markup=False)
    for problem in contradictions(read(), [Record(**record) for record in told.get("records", [])]):
        err.print(f"./lake deploy --env {env} would be refused: {problem}", markup=False)


@app.command()
def migrate(env: Environment = "local") -> None:
    """Apply what is not applied yet, as a deploy does; what fails leaves the warehouse as it was before."""
    lake = connect(env)
    with step("warehouse brought up to date") as say:
        applied = ask(lake, "migrate")["applied"]
        say(f"{len(applied)} applied" if applied else "nothing to do")
    for name in applied:
        out.print(name, markup=False)
