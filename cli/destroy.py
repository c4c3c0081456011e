"""Delete an environment's stacks with all the data in them, unless it is protected; says first what goes and what stays.

CloudFormation deletes no bucket that holds an object, so every version of every object in the stacks' buckets is deleted first.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.common import cdk, stacks
from cli.common.console import Say, err, out, step
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.session import Lake, connect
from cli.common.stacks import Deployed, Resource

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

NEEDS = ["node"]
BUCKET = "AWS::S3::Bucket"
ATTEMPTS = 2  # S3 delivers access logs for hours: the second time finds what came after the first
DELETED_AT_ONCE = 1000  # what DeleteObjects takes


@dataclass(frozen=True)
class Plan:
    """What a destroy does.

    Attributes:
        stacks: names of the stacks that go.
        buckets: names of the buckets that are emptied.
        stays: what is left afterwards, each with the way to be rid of it.
    """

    stacks: Sequence[str]
    buckets: Sequence[str]
    stays: Sequence[str]


def run(
    env: Environment = "local",
    yes: Annotated[str | None, typer.Option(help="The environment's name, given here instead of being asked for.", metavar="NAME")] = None,
) -> None:
    lake = connect(env)
    check_unprotected(lake)
    check_answer(lake, yes)
    with step(f"stacks of {env} found"):
        plan = made(lake, cdk.synth(env, cdk.Checks.NONE))
    if not plan.stacks:
        err.print(f"nothing to destroy: no stack of {env} is deployed in account {lake.settings.account}")
        return
    tell(lake, plan)
    confirm(lake, yes)
    destroy(lake, plan)
    err.print(f"destroyed: {', '.join(plan.stacks)}; no stack of {env} is left")


def check_unprotected(lake: Lake) -> None:
    """Raise UserError where the settings protect the environment."""
    if lake.settings.storage.protected:
        raise UserError(
            f"{lake.environment} is protected (storage.protected is true): nothing was deleted. "
            f"Where it really is to go: set storage.protected to false, ./lake deploy --env {lake.environment}, and destroy again"
        )


def made(lake: Lake, names: Sequence[str]) -> Plan:
    """Return what destroying the stacks of these names means.

    Raises:
        UserError: one of them was deployed as protected, whatever the settings say now.
    """
    known = stacks.deployed(lake)
    ours = [name for name in names if name in known]
    if protected := [name for name in ours if known[name].protected]:
        raise UserError(
            f"{', '.join(protected)}: deployed with termination protection, though the settings now say storage.protected: false; "
            f"nothing was deleted. ./lake deploy --env {lake.environment} takes the protection away"
        )
    retained = {(name, logical_id) for name in ours for logical_id in _retained(lake, name)}
    found = stacks.resources(lake, ours)
    stays = [resource for resource in found if (resource.stack, resource.logical_id) in retained]
    buckets = [resource.name for resource in found if resource.kind == BUCKET and resource not in stays]
    return Plan(ours, buckets, list(_staying(lake, known, ours, stays)))


def _retained(lake: Lake, name: str) -> list[str]:
    """Return the logical ids of what CloudFormation leaves in place when it deletes a stack."""
    template: Any = lake.cloudformation.get_template(StackName=name)["TemplateBody"]  # a mapping, since CDK writes JSON
    return [key for key, resource in template["Resources"].items() if resource.get("DeletionPolicy", "Delete") != "Delete"]


def _staying(lake: Lake, known: Mapping[str, Deployed], ours: Sequence[str], retained: Sequence[Resource]) -> list[str]:
    prefix = f"{lake.settings.name}-processing-"
    strays = [name for name in known if name.startswith(prefix) and name not in ours]
    stays = [f"{resource.kind} {resource.name}: its stack keeps it; delete it by hand" for resource in retained]
    stays += [
        f"stack {name}: of a domain that no dataset has any more; aws cloudformation delete-stack --stack-name {name}" for name in strays
    ]
    if stacks.BOOTSTRAP in known:
        stays.append(f"stack {stacks.BOOTSTRAP} and the assets in its bucket: every CDK app of the account shares them")
    if not lake.settings.is_local:
        stays.append("log groups that Glue made (/aws-glue/crawlers...): all crawlers of the account share them")
        stays.append("the lake's KMS key, disabled, for as many days as its deletion waits: until then it can be brought back")
    return stays


def tell(lake: Lake, plan: Plan) -> None:
    """Print what goes and what stays."""
    out.print(f"Of {lake.environment}, account {lake.settings.account}, {lake.settings.region}, these go with all that is in them:")
    for name in plan.stacks:
        out.print(f"  stack   {name}", markup=False)
    for bucket in plan.buckets:
        out.print(f"  bucket  {bucket}  {_size(lake, bucket)}", markup=False)
    if plan.stays:
        out.print("What stays:")
    for text in plan.stays:
        out.print(f"  {text}", markup=False)


def _size(lake: Lake, bucket: str) -> str:
    """Return about how much a bucket holds: one page of it is looked at."""
    page = lake.s3.list_object_versions(Bucket=bucket)
    number = len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))
    return f"{'more than ' if page.get('IsTruncated') else ''}{number:,} versions of objects"


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


def destroy(lake: Lake, plan: Plan) -> None:
    """Empty the buckets and delete the stacks.

    Raises:
        UserError: a stack is left, with what the CDK command line says of it.
    """
    for attempt in range(1, ATTEMPTS + 1):
        with step("buckets emptied") as say:
            say(f"{sum(empty(lake, bucket, say) for bucket in existing(lake, plan)):,} versions deleted")
        try:
            with step("stacks deleted") as say:
                cdk.run("destroy", lake.environment, lake.settings, ["--all", "--force"], say)
            break
        except UserError:
            if attempt == ATTEMPTS:
                raise
    left = stacks.deployed(lake)
    if remaining := [f"{name} ({left[name].status})" for name in plan.stacks if name in left]:
        raise UserError(f"left: {', '.join(remaining)}; the CloudFormation console says why, then ./lake destroy again")


def existing(lake: Lake, plan: Plan) -> list[str]:
    """Return those buckets of a plan that are still there."""
    there = stacks.resources(lake, [name for name in plan.stacks if name in stacks.deployed(lake)])
    return [resource.name for resource in there if resource.kind == BUCKET and resource.name in plan.buckets]


def empty(lake: Lake, bucket: str, say: Say) -> int:
    """Delete every version of every object of a bucket and return how many there were.

    Raises:
        UserError: S3 refused to delete one; with its reason.
    """
    done = 0
    for page in lake.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": DELETED_AT_ONCE}):
        found: list[ObjectIdentifierTypeDef] = [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if not found:
            continue
        if refused := lake.s3.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True}).get("Errors"):
            first = refused[0]
            raise UserError(f"{bucket}/{first.get('Key')} was not deleted: {first.get('Code')}: {first.get('Message')}")
        done += len(found)
        say(f"{bucket}: {done:,} versions deleted")
    return done
