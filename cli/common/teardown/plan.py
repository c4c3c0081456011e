"""What a destroy of an environment means, as CloudFormation has its stacks now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.common import stacks
from cli.common.inventory import GOES_WITH
from cli.common.leftovers import NEVER_UP
from cli.common.session import Lake
from cli.common.stacks import Deployed, Resource

BUCKET, KEY, TABLE = "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::DynamoDB::Table"
DATA = (TABLE, "AWS::Glue::Database", "AWS::Kinesis::Stream", KEY, BUCKET)
"""Types that hold what cannot be made anew; what the warehouse holds is loaded again."""

CRAWLER_LOGS = "/aws-glue/crawlers"  # with a security configuration, Glue adds role and configuration to the name
UPKEEP_LOGS = tuple(f"/aws-glue/iceberg-{kind}/logs" for kind in ("compaction", "retention", "orphan-file-deletion"))


@dataclass(frozen=True)
class Stay:
    """What is left after a destroy.

    Attributes:
        what: it, and why it is left.
        todo: how to be rid of it; empty where nothing can be done but wait.
        stack: the deployed stack that it is in; None where it is in none, or its stack goes.
        resources: those of CloudFormation's that it stands for.
    """

    what: str
    todo: str = ""
    stack: str | None = None
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a destroy does.

    Attributes:
        stacks: names of the stacks that go.
        resources: all that these stacks hold.
        stays: what is left.
        blocks: what must be mended first, each with the way to do it; with one of them nothing is deleted.
        templates: of every stack of the environment, by its name.
    """

    stacks: Sequence[str]
    resources: Sequence[Resource]
    stays: Sequence[Stay]
    blocks: Sequence[str]
    templates: Mapping[str, Any]

    @property
    def retained(self) -> set[Resource]:
        return {resource for stay in self.stays for resource in stay.resources if stay.stack is None}

    @property
    def buckets(self) -> list[str]:
        """Names of the buckets that are emptied and deleted."""
        return [resource.name for resource in self.going if resource.kind == BUCKET]

    @property
    def going(self) -> list[Resource]:
        """What must be gone afterwards."""
        return [resource for resource in self.resources if resource not in self.retained]


def made(lake: Lake, names: Sequence[str], *, delete_data: bool) -> Plan:
    """Return what destroying the stacks of these names means.

    Args:
        names: of the environment's templates; those that are not deployed do not count.
        delete_data: whether stacks that hold data go too.
    """
    known = stacks.deployed(lake)
    ours = [name for name in names if name in known]
    templates = {name: template(lake, name) for name in ours}
    kept = [] if delete_data else [name for name in ours if holds_data(templates[name])]
    going = [name for name in ours if name not in kept]
    held = stacks.resources(lake, ours)
    found = [resource for resource in held if resource.stack in going]
    stays = [
        *(_kept(name, [resource for resource in held if resource.stack == name]) for name in kept),
        *_retained(found, templates),
        *_unlisted(lake, known, ours, found),
    ]
    return Plan(going, found, stays, list(_blocks(lake, known, going, templates)), templates)


def template(lake: Lake, name: str) -> Any:
    """Return the template that a stack was deployed with; one in review was not deployed and has none."""
    return lake.cloudformation.get_template(StackName=name).get("TemplateBody") or {"Resources": {}}  # a mapping, since CDK writes JSON


def holds_data(found: Mapping[str, Any]) -> bool:
    """Return whether a template has a resource that holds what cannot be made anew."""
    return any(resource["Type"] in DATA for resource in found["Resources"].values())


def _kept(name: str, held: Sequence[Resource]) -> Stay:
    data = ", ".join(f"{resource.kind.rpartition('::')[2].lower()} {resource.name}" for resource in held if resource.kind in DATA)
    return Stay(f"stack {name}, since it holds data: {data}", "./lake destroy --delete-data deletes it too", name, tuple(held))


def _retained(found: Sequence[Resource], templates: Mapping[str, Any]) -> Iterator[Stay]:
    for resource in found:
        policy = templates[resource.stack]["Resources"].get(resource.logical_id, {}).get("DeletionPolicy", "Delete")
        if policy != "Delete" and resource.kind not in GOES_WITH:
            yield Stay(f"{resource.kind} {resource.name}: its stack keeps it ({policy})", "delete it by hand", resources=(resource,))


def _unlisted(lake: Lake, known: Mapping[str, Deployed], ours: Sequence[str], found: Sequence[Resource]) -> Iterator[Stay]:
    """Yield what no stack that goes has, or lets go of at once."""
    prefix = f"{lake.settings.name}-processing-"
    for name in known:
        if name.startswith(prefix) and name not in ours:
            yield Stay(f"stack {name}: of a domain that no dataset has any more", f"aws cloudformation delete-stack --stack-name {name}")
    if stacks.BOOTSTRAP in known:
        yield Stay(f"stack {stacks.BOOTSTRAP} and the assets in its bucket: every CDK app of the account shares them")
    for key in (resource for resource in found if resource.kind == KEY):
        yield Stay(f"{KEY} {key.name}, disabled, as many days as its deletion waits: until then it can be brought back, and costs nothing")
    yield Stay(f"log groups that Glue made ({CRAWLER_LOGS}...): all crawlers of the account share them")
    yield Stay(f"log groups that Glue made ({', '.join(UPKEEP_LOGS)}): all table optimizers of the account share them")
    yield Stay("metrics that were sent (Lake/...): CloudWatch deletes them after fifteen months, and they cost nothing")


def _blocks(lake: Lake, known: Mapping[str, Deployed], going: Sequence[str], templates: Mapping[str, Any]) -> Iterator[str]:
    deploy = f"./lake deploy --env {lake.environment}"
    if lake.settings.storage.protected:
        yield f"{lake.environment} is protected (storage.protected is true): set it to false, {deploy}, and destroy again"
        return
    for name in going:
        if known[name].protected:
            yield f"stack {name} was deployed with termination protection: {deploy} takes it away"
        if known[name].status.endswith("IN_PROGRESS") and known[name].status not in NEVER_UP:
            yield f"stack {name} is {known[name].status}: wait until that is over"
        for logical_id, resource in templates[name]["Resources"].items():
            if resource["Type"] == TABLE and resource.get("Properties", {}).get("DeletionProtectionEnabled"):
                yield f"table {logical_id} of stack {name} was deployed with deletion protection: {deploy} takes it away"
