"""Keep tables in shape: run Glue's table optimizers on this machine; on AWS, where Glue runs them itself, show how they stand."""

import time
from collections.abc import Sequence
from typing import Annotated

import typer

from cli.common import optimizers, tables
from cli.common.console import Say, err, step
from cli.common.datasets import contract, contracts
from cli.common.errors import UserError
from cli.common.optimizers import ENDED, KINDS, State, Table
from cli.common.options import Environment, Format
from cli.common.session import Lake, connect

PAUSE = 0.2  # seconds between looks
COLUMNS = ["table", "data files", "optimizer", "state", "ended", "did", "error"]


def run(
    dataset: Annotated[str | None, typer.Argument(help="Only the tables of this one.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most, on this machine.", min=0)] = 1800,
    format: Annotated[Format, typer.Option(help="csv and json stand alone on standard output.")] = Format.TABLE,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    chosen = [contract(lake, dataset)] if dataset else list(contracts(lake).values())
    before = list(optimizers.tables(lake, chosen))
    if not before:
        raise UserError(f"{dataset or 'this lake'} has no table yet; land a file: ./lake land {dataset or 'DATASET'} FILE")
    if lake.settings.is_local:
        with step(f"upkeep of {len(before)} tables") as say:
            optimizers.start(lake, before)
            wait(lake, before, timeout, say)
    else:
        err.print("Glue's optimizers keep these tables by themselves; this is how they stand")
    found = states(lake, list(optimizers.tables(lake, chosen)))
    tables.write(COLUMNS, [row(state, before) for state in found], format)
    if bad := [state for state in found if state.word in ("failed", "suspended", "not attached")]:
        told = ", ".join(f"{state.kind} of {state.table.shown} is {state.word}" for state in bad)
        err.print(f"{told}: see docs/runbook.md, upkeep failed", markup=False)
        raise typer.Exit(1)


def states(lake: Lake, chosen: Sequence[Table]) -> list[State]:
    return [optimizers.state(lake, table, kind) for table in chosen for kind in KINDS]


def wait(lake: Lake, chosen: Sequence[Table], timeout: float, say: Say) -> None:
    """Return when no optimizer of these tables runs any more.

    Raises:
        UserError: it took too long.
    """
    deadline = time.monotonic() + timeout
    while live := [state for state in states(lake, chosen) if state.enabled and state.run and state.word not in ENDED]:
        if time.monotonic() > deadline:
            raise UserError(f"{len(live)} optimizers run after {timeout:g} s; wait longer with --timeout")
        say(f"{len(live)} to go")
        time.sleep(PAUSE)


def row(state: State, before: Sequence[Table]) -> list[object]:
    """Return an optimizer as a row; where a run has changed the number of files, both are shown."""
    files = {table.shown: table.files for table in before}.get(state.table.shown, state.table.files)
    shown = str(files) if files == state.table.files else f"{files} -> {state.table.files}"
    ended = f"{state.ended:%Y-%m-%d %H:%M:%S}" if state.ended else None
    return [state.table.shown, shown, state.kind, state.word, ended, state.did or None, state.run.get("error")]
