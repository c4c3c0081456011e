"""Show what the last runs of a dataset wrote, machine and job; with --of, the log of a machine or function, as `--of intake`."""

from collections.abc import Iterator
from typing import Annotated

import typer

from cli.common.console import out
from cli.common.datasets import contract
from cli.common.errors import UserError
from cli.common.history import failures, job_runs, lines, log_of
from cli.common.ledger import Item, Ledger
from cli.common.options import Environment
from cli.common.session import Lake, connect


def run(
    dataset: Annotated[str | None, typer.Argument(help="Name of a dataset.")] = None,
    of: Annotated[
        str | None,
        typer.Option(
            help="A part of the lake by its name without the lake's: a machine, a function, delivery or jobs. What its log has of errors is shown, "
            "or else, but for a machine, its last lines."
        ),
    ] = None,
    hours: Annotated[float, typer.Option(help="How far back the log of a part is read.", min=0)] = 24,
    last: Annotated[int, typer.Option(help="How many runs, the newest first.", min=1)] = 1,
    tail: Annotated[int, typer.Option(help="How many lines of each log of a job, its last ones.", min=1)] = 40,
    env: Environment = "local",
) -> None:
    if (of is None) == (dataset is None):
        raise UserError("name a dataset, or a part of the lake with --of, and not both")
    lake = connect(env)
    if of is not None:
        for line in log_of(lake, of, hours, tail):
            out.print(line, markup=False)
        return
    name = contract(lake, str(dataset)).name
    runs = Ledger.of(lake).runs(name, last)
    if not runs:
        out.print(f"{name} never ran; land a file of it, or ./lake retry {name}")
    for item in runs:
        for line in of_run(lake, name, item, tail):
            out.print(line, markup=False)


def of_run(lake: Lake, dataset: str, item: Item, tail: int) -> Iterator[str]:
    """Yield what there is to say of a run."""
    kind = "load" if item.get("kind") == "load" else "refresh"
    yield f"{item['run']}  {kind}  {item['status']}  {item.get('started_at', '')}"
    if cause := item.get("cause"):
        yield f"  cause: {cause}"
    for failure in failures(lake, kind, item["run"]):
        yield f"  {failure}"
    for found in job_runs(lake, dataset, item["run"]) if kind == "refresh" else ():
        yield f"  job run {found['Id']}  {found['JobRunState']}  {found.get('ErrorMessage', '')}".rstrip()
        for group, written in lines(lake, found["Id"], tail):
            yield f"  {group}"
            yield from (f"    {line}" for line in written)
