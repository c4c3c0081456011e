"""Deploy the stacks of an environment with the CDK command line, bootstrapping the account first where that was never done."""

from typing import Annotated

import typer

from cli.common import cdk
from cli.common.console import Say, err, step
from cli.common.options import Environment
from cli.common.session import Lake, connect

NEEDS = ["node"]
OPTIONS = ["--all", "--require-approval", "never", "--concurrency", "8"]


def run(
    env: Environment = "local",
    verbose: Annotated[bool, typer.Option("--verbose", help="Show all that the CDK command line says.")] = False,
) -> None:
    lake = connect(env)
    if not is_bootstrapped(lake):
        with step("account bootstrapped") as say:
            cdk.bootstrap(env, lake.settings, echo if verbose else say)
    with step("stacks deployed") as say:
        changed = deploy(lake, echo if verbose else say)
    err.print(f"changed: {', '.join(changed)}" if changed else "nothing had changed")


def is_bootstrapped(lake: Lake) -> bool:
    """Return whether the account has CDK's bootstrap stack; one with a qualifier of its own is the company's to make."""
    if lake.settings.bootstrap_qualifier:
        return True
    pages = lake.cloudformation.get_paginator("describe_stacks").paginate()
    return any(stack["StackName"] == "CDKToolkit" for page in pages for stack in page["Stacks"])


def deploy(lake: Lake, say: Say) -> list[str]:
    """Deploy every stack; return those that changed."""
    said: list[str] = []

    def line(text: str) -> None:
        said.append(text.strip())
        if text.strip():
            say(text.strip())

    cdk.run("deploy", lake.environment, lake.settings, OPTIONS, line)
    # the CDK command line ends each stack with this line, and with "(no changes)" where nothing was to do
    done = [text.removeprefix("✅").split() for text in said if text.startswith("✅")]
    return [words[0] for words in done if "changes)" not in words]


def echo(text: str) -> None:
    err.print(text, markup=False)
