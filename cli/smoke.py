"""Prove a deployed environment in ten steps, with a few marked rows; stops at the first that fails and says what to do."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from cli.common import outputs
from cli.common.console import err, out, step
from cli.common.errors import UserError, explained
from cli.common.options import Environment
from cli.common.session import Lake, connect
from cli.common.smoke_sample import CARRIER, DATASET, ROWS, YEAR, Marked
from cli.common.smoke_steps import STEPS, Smoke, Step, StepError, usable

LOCALLY = "this is the local cloud: it proves that the steps work, and nothing of what an account would show"


def run(
    env: Environment = "local",
    yes: Annotated[str | None, typer.Option(help="The name of a protected environment, to say that it is meant.", metavar="NAME")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that each step waits at most.", min=0)] = 1800,
) -> None:
    lake = connect(env)
    check_meant(lake, yes)
    usable(lake)
    if lake.settings.is_local:
        err.print(LOCALLY, style="yellow")
    smoke = Smoke(lake, Marked(f"smoke{datetime.now(UTC):%Y%m%dT%H%M%S}"), timeout)
    try:
        failed = done(smoke, STEPS)
    finally:
        clean(smoke)
    if failed:
        raise typer.Exit(1)


def check_meant(lake: Lake, yes: str | None) -> None:
    """Raise UserError for a protected environment that was not named, or for another name than the environment's."""
    name = Path(lake.environment).stem
    if yes is not None and yes.strip() != name:
        raise UserError(f"got {yes!r}, the environment is {name!r}: nothing was landed")
    if yes is None and lake.settings.storage.protected:
        raise UserError(
            f"{name} is protected (storage.protected is true), and a smoke leaves {ROWS} marked rows in its {DATASET}: "
            f"nothing was landed. Where that is meant: ./lake smoke --env {lake.environment} --yes {name}"
        )


def done(smoke: Smoke, steps: Sequence[Step]) -> bool:
    """Do the steps in order, a line for each; stop at the first that fails and return whether one did."""
    for number, one in enumerate(steps, start=1):
        try:
            with step(f"{number:2} {one.title}") as say:
                smoke.say = say
                found = one.check(smoke)
        except StepError as error:
            return tell_failure(number, one, str(error), error.todo, len(steps))
        except (UserError, ClientError, BotoCoreError) as error:
            return tell_failure(number, one, explained(error) or str(error), "mend that, then run the smoke again", len(steps))
        out.print(f"{number:2} pass  {one.title}: {found}", markup=False)
    out.print(f"all {len(steps)} steps passed", markup=False)
    return False


def tell_failure(number: int, one: Step, what: str, todo: str, steps: int) -> bool:
    """Print which step failed, why, and what to do; return True."""
    out.print(f"{number:2} FAIL  {one.title}: {what}", style="red", markup=False)
    out.print(f"   what it is for: {one.proves}", markup=False)
    out.print(f"   what to do: {todo}", markup=False)
    if number < steps:
        out.print(f"   not done: steps {number + 1} to {steps}", markup=False)
    return True


def clean(smoke: Smoke) -> None:
    """Delete what was landed in raw, and say what stays."""
    if not smoke.landed:
        return
    bucket = outputs.value(smoke.lake, outputs.STORAGE, "RawBucket")
    for landed in smoke.landed:
        smoke.lake.s3.delete_object(Bucket=bucket, Key=landed.key, VersionId=landed.version)
    name = smoke.lake.settings.name
    err.print(f"deleted: {len(smoke.landed)} objects in raw, for good", markup=False)
    err.print(
        f"what stays: at most {ROWS} rows of carrier {CARRIER} in {YEAR} in {name}_processed.{DATASET} and what products make of them (the next "
        f"smoke replaces them), one row per smoke in {DATASET}_quarantine, the runs in the ledger, and results of queries until they expire",
        markup=False,
    )
