"""Run the tests; further arguments go to pytest.

One representative of each harness runs; --all runs the whole matrix, --fast leaves out what deploys to a local cloud, runs Spark or a browser.
--update rewrites the template snapshots.
"""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.common import commands
from cli.common.paths import PYTHON

NEEDS = ["node", "local", "jars"]
PARALLEL = ["--numprocesses", "logical", "--dist", "loadscope"]  # which tests stay together: tests/conftest.py
WHOLE_LAKE = "tests/end_to_end"
CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}


def run(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="Leave out what deploys to a local cloud, runs Spark or a browser.")] = False,
    whole: Annotated[bool, typer.Option("--all", help="Run the whole matrix.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Rewrite the snapshots from the templates as they are.")] = False,
) -> None:
    matrix = [] if whole else ["not matrix"]
    quick = ["not end_to_end", "not slow"] if fast else []
    if context.args or update:
        passed = succeed([*matrix, *quick], [*(["--snapshot-update"] if update else []), *context.args])
    else:
        passed = succeed([*matrix, *quick], [*PARALLEL, f"--ignore={WHOLE_LAKE}"])
        # a lake with its jobs takes all cores by itself
        passed = (fast or succeed(matrix, [WHOLE_LAKE])) and passed
    if not passed:
        raise typer.Exit(1)


def succeed(conditions: Sequence[str], options: Sequence[str]) -> bool:
    """Run pytest on the tests whose markers meet all conditions; return whether all of them passed."""
    chosen = ["-m", " and ".join(conditions)] if conditions else []
    return commands.succeeds([PYTHON, "-m", "pytest", "-q", *chosen, *options])
