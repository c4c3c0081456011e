"""Take an unprotected environment down, its data only with --delete-data; says first what goes, what stays and what that costs.

Data goes with two keys alone: `storage.protected: false` in the settings, and --delete-data. Writers are stopped first, then the stacks go,
those with buckets last and once these are empty; then every resource that a stack held is asked for again.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import ClientError

from cli.common import cdk, inventory, stacks
from cli.common.console import err, out, step
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.session import Lake, connect
from cli.common.stacks import Resource
from cli.common.teardown import buckets, plan, switches, writers
from cli.common.teardown.plan import BUCKET, Plan
from cli.common.teardown.price import costs
from cli.common.teardown.switches import Switched

NEEDS = ["node"]
ATTEMPTS = 2  # S3 delivers access logs for hours: the second time finds what came after the first
SECONDS_TO_GO = 60  # services show for a while what they have already deleted
PAUSE = 2.0  # seconds between looks


def run(
    env: Environment = "local",
    delete_data: Annotated[bool, typer.Option("--delete-data", help="Delete the stacks that hold data too, with all of it.")] = False,
    plan_only: Annotated[bool, typer.Option("--plan", help="Show what would go and what would be left; delete nothing.")] = False,
    yes: Annotated[str | None, typer.Option(help="The environment's name, given here instead of being asked for.", metavar="NAME")] = None,
) -> None:
    lake = connect(env)
    if not plan_only and not lake.settings.storage.protected:
        check_answer(lake, yes)
    with step(f"stacks of {env} found"):
        made = plan.made(lake, cdk.synth(env, cdk.Checks.NONE), delete_data=delete_data)
    if not made.stacks:
        err.print(f"nothing to destroy: no stack of {env} is deployed in account {lake.settings.account}{_but(made)}", markup=False)
        return
    tell(lake, made)
    if plan_only:
        return
    if made.blocks:
        raise UserError("\n".join(["nothing was deleted:", *made.blocks]))
    confirm(lake, yes)
    destroy(lake, made)
    with step("services asked what is left") as say:
        say(verify(lake, made))
    err.print(f"destroyed: {', '.join(made.stacks)}; left is what was listed, and nothing else", markup=False)


def _but(made: Plan) -> str:
    kept = [stay.stack for stay in made.stays if stay.stack]
    return f", but for those that hold data: {', '.join(kept)} (--delete-data)" if kept else ""


def tell(lake: Lake, made: Plan) -> None:
    """Print what goes, what stays, what that costs and what blocks."""
    out.print(
        f"Of {lake.environment}, account {lake.settings.account}, {lake.settings.region}, these go with all that is in them:", markup=False
    )
    for name in made.stacks:
        held = sum(resource.stack == name for resource in made.going)
        out.print(f"  stack   {name}, {held} resources", markup=False)
    for bucket in made.buckets:
        number, _, whole = buckets.size(lake, bucket)
        out.print(f"  bucket  {bucket}  {'' if whole else 'more than '}{number:,} versions of objects", markup=False)
    if made.stays:
        out.print("What stays:")
    for stay in made.stays:
        out.print(f"  {stay.what}{f'; {stay.todo}' if stay.todo else ''}", markup=False)
    dear = list(costs(lake, made))
    if dear:
        out.print("What of it would still cost, in US dollars a month at list prices:")
    for stay, usd, whole in dear:
        out.print(f"  {stay.what.split(':')[0].split(',')[0]}: {'' if whole else 'more than '}{usd:,.2f}", markup=False)
    if made.blocks:
        out.print("What blocks:")
    for text in made.blocks:
        out.print(f"  {text}", markup=False)


def check_answer(lake: Lake, yes: str | None) -> None:
    """Raise UserError for another name than the environment's, or where none was given and nobody is there to be asked."""
    name = Path(lake.environment).stem
    if yes is None and not sys.stdin.isatty():
        raise UserError(f"nobody is here to be asked: say --yes {name} to delete {name}; nothing was deleted")
    if yes is not None and yes.strip() != name:
        raise UserError(f"got {yes!r}, the environment is {name!r}: nothing was deleted")


def confirm(lake: Lake, yes: str | None) -> None:
    """Ask for the environment's name, unless it was given.

    Raises:
        UserError: another name was typed.
    """
    if yes is None:
        check_answer(lake, typer.prompt(f"Type {Path(lake.environment).stem} to delete it", err=True))


def destroy(lake: Lake, made: Plan) -> None:
    """Stop the writers and delete the stacks; where that ends before a stack is deleted, the writers are switched on again.

    Raises:
        UserError: a writer does not end, or a stack is left, with what the CDK command line says of it and what became of the writers.
    """
    with switches.taken_back(lake, made.stacks) as switched:
        with step("writers stopped") as say:
            say(f"{writers.stop(lake, made.going, say, switched)} stopped")
        with_buckets = {resource.stack for resource in made.going if resource.kind == BUCKET}
        delete(lake, [name for name in made.stacks if name not in with_buckets], "stacks deleted")
        delete_with_buckets(lake, made, [name for name in made.stacks if name in with_buckets], switched)
        there = stacks.deployed(lake)
        if remaining := [f"{name} ({there[name].status})" for name in made.stacks if name in there]:
            raise UserError(f"left: {', '.join(remaining)}; the CloudFormation console says why, then ./lake destroy again")


def delete_with_buckets(lake: Lake, made: Plan, names: Sequence[str], switched: Switched) -> None:
    """Empty the buckets of some stacks, and delete these.

    Raises:
        UserError: one is left.
    """
    for attempt in range(1, ATTEMPTS + 1):
        there = stacks.deployed(lake)
        left = {resource.name for resource in stacks.resources(lake, [name for name in names if name in there]) if resource.kind == BUCKET}
        if full := [bucket for bucket in made.buckets if bucket in left]:
            switched.emptied = True
            with step("buckets emptied") as say:
                say(f"{sum(buckets.empty(lake, bucket, say) for bucket in full):,} versions deleted")
        try:
            delete(lake, [name for name in names if name in there], "stacks with buckets deleted")
            break
        except UserError:
            if attempt == ATTEMPTS:
                raise


def delete(lake: Lake, names: Sequence[str], title: str) -> None:
    """Delete stacks of the templates as last written, each before what it depends on.

    Raises:
        UserError: one is left.
    """
    if not names:
        return
    with step(title) as say:
        cdk.destroy(lake.environment, lake.settings, names, say)


def verify(lake: Lake, made: Plan) -> str:
    """Return how many resources were asked for and not found.

    Raises:
        UserError: some are left that were not listed.
    """
    asked = [resource for resource in made.going if resource.kind not in inventory.GOES_WITH]
    strange = sorted({resource.kind for resource in asked if not inventory.is_known(resource.kind)})
    left = [resource for resource in asked if inventory.is_known(resource.kind)]
    number, deadline = len(left), time.monotonic() + SECONDS_TO_GO
    while left := [resource for resource in left if is_there(lake, resource)]:
        if time.monotonic() > deadline:
            raise UserError(
                "\n".join(
                    ["left, though its stack is gone:", *(f"{one.kind} {one.name} of {one.stack}" for one in left), "delete it by hand"]
                )
            )
        time.sleep(PAUSE)
    unknown = f"; not looked at, since nobody said how: {', '.join(strange)}" if strange else ""
    return f"{number} of {len({resource.kind for resource in asked})} types, none is left{unknown}"


def is_there(lake: Lake, resource: Resource) -> bool:
    """Return whether a service still has a resource.

    Raises:
        UserError: the service did not say.
    """
    try:
        return inventory.exists(lake, resource.kind, resource.name)
    except ClientError as error:
        said = f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        raise UserError(f"{resource.kind} {resource.name}: nobody knows whether it is left: {said}") from error
