"""Show what a deploy would change, as the CDK command line tells it: resources, permissions, replacements."""

import re
from typing import Annotated

import typer

from cli.common import cdk, migrations
from cli.common.console import err, out, step
from cli.common.options import Environment
from cli.common.session import Lake, connect

NEEDS = ["node"]
NOISE = ("start: ", "success: ", "Hold on while")  # of publishing templates and of making change sets
DIFFERENT = re.compile(r"Number of stacks with differences: (\d+)")  # how the CDK command line ends


def run(
    env: Environment = "local",
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 where anything differs, as a pipeline wants it.")] = False,
) -> None:
    lake = connect(env)
    with step(f"templates of {env} compared with what is deployed"):
        said = diff(lake)
    for text in said:
        out.print(text, markup=False)
    if number := different(said):
        err.print(f"{number} stacks differ; ./lake deploy --env {env} would change them")
    else:
        err.print("nothing differs")
    try:
        refused = migrations.changed(lake)
    except migrations.UnknownError as error:
        refused = []
        err.print(str(error), markup=False)
    for problem in refused:
        err.print(f"./lake deploy --env {env} would be refused: {problem}", markup=False)
    if (number or refused) and fail:
        raise typer.Exit(1)


def diff(lake: Lake) -> list[str]:
    """Return what the CDK command line says of the differences, line by line."""
    said: list[str] = []
    cdk.run("diff", lake.environment, lake.settings, [], said.append)
    kept = [text for text in said if not text.startswith(NOISE)]
    return [text for text, before in zip(kept, ["", *kept], strict=False) if text or before]


def different(said: list[str]) -> int:
    """Return how many stacks differ."""
    return sum(int(found[1]) for text in said if (found := DIFFERENT.search(text)))
