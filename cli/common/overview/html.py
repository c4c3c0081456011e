"""Pages as HTML: one file each, with no script and nothing from elsewhere."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cli.common.overview import graph, lineage, verdict, words
from cli.common.overview.state import State
from contracts.contract import Contract

PAGES = Path(__file__).with_name("pages")


@cache
def environment() -> Environment:
    """Return the templates; all that is put into them is escaped, and a name that is not there is an error."""
    made = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"words": words, "style": (PAGES / "style.css").read_text(encoding="utf-8"), "box": (graph.WIDTH, graph.HEIGHT)}
    return made


def status(state: State, contracts: Mapping[str, Contract]) -> str:
    """Return the page of a lake's status."""
    return page(
        "status.html.j2",
        state=state,
        health=verdict.health(state),
        sentence=verdict.sentence(state),
        problems=list(verdict.problems(state)),
        alarms=verdict.of_alarms(state),
        drawing=graph.draw(contracts),
        contracts=contracts,
    )


def catalogue(name: str, contracts: Mapping[str, Contract], state: State | None) -> dict[str, str]:
    """Return the pages of a catalogue by file name: one for all datasets, one for each.

    Args:
        name: the lake's.
        state: what runs, where a lake runs; None leaves last runs out.
    """
    live = {dataset.name: dataset for dataset in state.datasets} if state else {}
    shared = {"name": name, "contracts": contracts, "state": state, "live": live}
    pages = {"index.html": page("index.html.j2", **shared, drawing=graph.draw(contracts))}
    used = lineage.used_by(contracts)
    for contract in contracts.values():
        pages[f"{contract.name}.html"] = page(
            "dataset.html.j2",
            **shared,
            contract=contract,
            dataset=live.get(contract.name),
            origins=lineage.columns(contract, contracts),
            used=used,
            Origin=lineage.Origin,
            drawing=graph.draw(contracts, contract.name),
            ways=lineage.ways(contract),
            sample=sample(name, contract),
            readers=[other.name for other in contracts.values() if contract.name in other.inputs],
        )
    return pages


def sample(name: str, contract: Contract) -> str:
    """Return a first query to copy."""
    table = f"{name}_{contract.zone}.{contract.name}"
    order = f"\norder by {', '.join(contract.key)}" if contract.key else ""
    shown = ",\n       ".join(column.name for column in contract.columns[:6])
    return f"select {shown}\nfrom {table}{order}\nlimit 10"


def page(template: str, **values: Any) -> str:
    return environment().get_template(template).render(**values)
