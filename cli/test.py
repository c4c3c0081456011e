"""Run the tests; further arguments go to pytest.

--fast leaves out what deploys to a local cloud; --update rewrites the template snapshots.
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
    update: Annotated[bool, typer.Option("--update", help="Rewrite the snapshots from the templates as they are.")] = False,
) -> None:
    options = [*(["-m", "not end_to_end"] if fast else []), *(["--snapshot-update"] if update else [])]
    if not commands.succeeds([PYTHON, "-m", "pytest", "-q", *options, *context.args]):
        raise typer.Exit(1)
