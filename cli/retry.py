"""Request the refresh of a dataset again, as after a failure that is mended; with --load, the load of its copy in the warehouse."""

import json
from typing import Annotated

import typer

from cli.common import redshift
from cli.common.console import out
from cli.common.datasets import contract, contracts
from cli.common.errors import UserError
from cli.common.ledger import Item, Ledger
from cli.common.options import Environment
from cli.common.session import Lake, connect
from warehouse.definitions import natives

REFRESH, LOAD = "Refresh Requested", "Load Requested"


def run(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset.")],
    load: Annotated[bool, typer.Option("--load", help="Load its copy in the warehouse, instead of refreshing it.")] = False,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    found, ledger = contract(lake, dataset), Ledger.of(lake)
    name = found.name
    if load:
        check_copy(lake, name)
    runs = [item for item in ledger.runs(name, most=20) if (item.get("kind") == "load") == load]
    held = (ledger.load_lease(name) if load else ledger.lease(name)).get("owner")
    out.print(told(runs[0] if runs else {}), markup=False)
    request(lake, name, LOAD if load else REFRESH)
    what = f"{'load' if load else 'refresh'} of {name}"
    follows = (
        f"it follows {held.rpartition(':')[2]}, which holds the lease, or takes over where that is dead" if held else "it starts at once"
    )
    out.print(f"requested the {what}: {follows}; ./lake wait waits for it", markup=False)


def check_copy(lake: Lake, dataset: str) -> None:
    """Raise an error for a dataset of which the warehouse has no copy: nothing would load it, and nobody would say so."""
    redshift.check_enabled(lake)
    copies = [one.name for one in natives(contracts(lake).values())]
    if dataset not in copies:
        raise UserError(
            f"the warehouse has no copy of {dataset}, so there is nothing to load; it has {', '.join(copies) or 'none'}; a product gets one by "
            f"`native` in its contract, without --load {dataset} is refreshed"
        )


def told(last: Item) -> str:
    """Say how the last run ended."""
    if not last:
        return "it never ran"
    cause = f": {last['cause']}" if last.get("cause") else ""
    return f"the last one, {last['run']}, is {last['status']}{cause}"


def request(lake: Lake, dataset: str, kind: str) -> None:
    """Send the event that asks for it.

    Raises:
        UserError: the bus did not take it.
    """
    entry = {
        "Source": f"{lake.settings.name}.lake",
        "DetailType": kind,
        "Detail": json.dumps({"dataset": dataset}),
        "EventBusName": "default",
    }
    answer = lake.events.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise UserError(f"the event bus did not take the request: {answer['Entries'][0].get('ErrorMessage')}; try again")
