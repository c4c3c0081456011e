"""Show how the lake is: what is fresh, what is late or failed, what rings, and what to do; --html writes it as a page."""

from pathlib import Path
from typing import Annotated

import typer

from cli.common.console import err, out, step
from cli.common.datasets import contracts
from cli.common.options import Environment
from cli.common.overview import html, terminal, verdict
from cli.common.overview.gather import gather
from cli.common.overview.state import Health
from cli.common.paths import shown
from cli.common.session import connect


def run(
    html_file: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as one page that needs nothing else.")] = None,
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 where something needs a look, as a monitor wants it.")] = False,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    known = contracts(lake)
    with step(f"asked the services of {env}"):
        state = gather(lake, known)
    if html_file:
        html_file.parent.mkdir(parents=True, exist_ok=True)
        html_file.write_text(html.status(state, known), encoding="utf-8")
        out.print(verdict.sentence(state), style="bold", markup=False)
        err.print(f"open {shown(html_file.absolute())} in a browser", markup=False)
    else:
        for part in terminal.page(state):
            out.print(part)
    if fail and verdict.health(state) is Health.BAD:
        raise typer.Exit(1)
