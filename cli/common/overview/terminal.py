"""A lake's status as a page in the terminal."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.common.overview import verdict, words
from cli.common.overview.state import Dataset, Health, State
from cli.common.tables import rendered

STYLES = {Health.GOOD: "green", Health.BUSY: "blue", Health.BAD: "red", Health.NEW: "dim"}
MARKS = {Health.GOOD: "✓", Health.BUSY: "…", Health.BAD: "!", Health.NEW: "·"}


def page(state: State) -> Iterator[RenderableType]:
    """Yield what the terminal shows, one part after the other."""
    health = verdict.health(state)
    told = Text(f"{MARKS[health]} {verdict.sentence(state)}", style=f"bold {STYLES[health]}")
    yield Panel(told, title=f"{state.name} · {state.place} · {words.moment(state.at)}", title_align="left", border_style=STYLES[health])
    for problem in verdict.problems(state):
        yield Text.assemble((f"! {problem.what}", "bold red"), f"\n  {problem.why}\n  ", (problem.do, "dim"))
    yield datasets(state)
    yield arrivals(state)
    if state.warehouse and state.warehouse.copies:
        rows = [[f"native.{copy.name}", copy.state, copy.rows, words.ago(copy.loaded_at, state.at)] for copy in state.warehouse.copies]
        yield rendered(["copy in the warehouse", "state", "rows", "loaded"], rows)
    yield Text(f"Alarms: {verdict.of_alarms(state)}")
    yield Text("\n".join(["Lineage:", *(f"  {made_of(dataset)}" for dataset in state.datasets)]))


def datasets(state: State) -> Table:
    """Return the table of datasets."""
    table = Table(title="Datasets", title_justify="left")
    for name, side in {"dataset": "left", "state": "left", "published": "left", "allowed": "left", "last refresh": "left"}.items():
        table.add_column(name, justify=side)  # type: ignore[arg-type]  # one of rich's words
    table.add_column("rows", justify="right")
    table.add_column("quarantine", justify="right")
    for one in state.datasets:
        run = one.runs[0] if one.runs else None
        last = ", ".join(filter(None, [run.status, words.took(run.seconds), run.accounts])) if run else ""
        table.add_row(
            Text(one.name),
            Text(one.word(state.at), style=STYLES[one.health(state.at)]),
            words.ago(one.published_at, state.at) or "never",
            words.hours(one.contract.freshness_hours),
            Text(last),
            words.whole(one.rows),
            "" if one.quarantined is None else words.whole(one.quarantined),
        )
    return table


def arrivals(state: State) -> RenderableType:
    """Return what arrives, and what of the stream does not."""
    rows = [
        [one.name, words.ago(one.arrived_at, state.at) or "nothing yet", one.waiting]
        for one in state.datasets
        if not one.contract.is_product
    ]
    table = rendered(["arrives", "newest", "objects waiting"], rows)
    if state.stream:
        table.caption = f"stream {state.stream.status.lower()}, delivery {state.stream.delivery.lower()}, {state.stream.undelivered} objects with undelivered records"
        table.caption_justify = "left"
    return table


def made_of(dataset: Dataset) -> str:
    """Return what a dataset is made of, as an arrow."""
    contract = dataset.contract
    if contract.is_product:
        return f"{', '.join(contract.inputs)} → {contract.name}"
    ways = [word for word, source in (("API" if contract.pull else "files", contract.source), ("stream", contract.stream)) if source]
    return f"{', '.join(ways)} → {contract.name}"
