"""Deploy the stacks of an environment with the CDK command line, bootstrapping the account first where that was never done.

A deploy that stopped in the middle is repeated by the same command: what it left in the way is looked for first.
"""

from typing import Annotated

import typer

from cli.common import cdk, leftovers, migrations, stacks
from cli.common.console import Say, err, step
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.session import Lake, connect

NEEDS = ["node"]
OPTIONS = ["--require-approval", "never"]


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


def check_migrations(lake: Lake) -> None:
    """Stop before anything changes where an applied migration was changed; CloudFormation would find out after other stacks were deployed.

    Raises:
        UserError: with each of them.
    """
    try:
        if problems := migrations.changed(lake):
            raise UserError("\n".join([*problems, "nothing was deployed"]))
    except migrations.UnknownError as error:
        err.print(str(error), markup=False)


def is_bootstrapped(lake: Lake) -> bool:
    """Return whether the account has CDK's bootstrap stack; one with a qualifier of its own is the company's to make."""
    if lake.settings.bootstrap_qualifier:
        return True
    found = stacks.deployed(lake).get(stacks.BOOTSTRAP)
    return found is not None and found.status not in leftovers.NEVER_UP


def deploy(lake: Lake, say: Say) -> list[str]:
    """Write the templates, clear what an earlier deploy left in the way, deploy every stack; return those that changed.

    Raises:
        SettingsError, UserError: with the problem that stopped it; nothing was deployed where the warehouse would refuse a migration.
    """
    check_migrations(lake)
    said: list[str] = []
    say("templates")
    cdk.synth(lake.environment, cdk.Checks.ALL)
    for text in leftovers.clear(lake, say):
        err.print(f"  {text}", markup=False)

    def line(text: str) -> None:
        said.append(text.strip())
        if text.strip():
            say(text.strip())

    try:
        cdk.assembled("deploy", lake.environment, lake.settings, ["--all", *OPTIONS, "--concurrency", cdk.CONCURRENCY], line)
    except UserError as error:
        again = f"what is up stays up: mend that, and ./lake deploy --env {lake.environment} goes on"
        raise UserError("\n".join([str(error), *leftovers.reasons(lake), again])) from error
    # the CDK command line ends each stack with this line, and with "(no changes)" where nothing was to do
    done = [text.removeprefix("✅").split() for text in said if text.startswith("✅")]
    return [words[0] for words in done if "changes)" not in words]


def echo(text: str) -> None:
    err.print(text, markup=False)
