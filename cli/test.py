"""Run the tests; further arguments go to pytest.

One representative of each harness runs; --all runs the whole matrix, --fast leaves out what deploys to a local cloud.
--update rewrites the template snapshots.
"""

from typing import Annotated

import typer

from cli.common import commands
from cli.common.paths import PYTHON

NEEDS = ["node", "local", "jars"]
CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}


def run(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="Leave out what deploys to a local cloud.")] = False,
    whole: Annotated[bool, typer.Option("--all", help="Run the whole matrix.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Rewrite the snapshots from the templates as they are.")] = False,
) -> None:
    left_out = [marker for marker, leave in {"end_to_end": fast, "matrix": not whole}.items() if leave]
    chosen = ["-m", " and ".join(f"not {marker}" for marker in left_out)] if left_out else []
    options = [*chosen, *(["--snapshot-update"] if update else [])]
    if not commands.succeeds([PYTHON, "-m", "pytest", "-q", *options, *context.args]):
        raise typer.Exit(1)
