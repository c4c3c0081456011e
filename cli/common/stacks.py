"""The stacks of an environment as CloudFormation has them."""

from collections.abc import Iterable
from dataclasses import dataclass

from cli.common.session import Lake

BOOTSTRAP = "CDKToolkit"
GONE = "DELETE_COMPLETE"


@dataclass(frozen=True)
class Resource:
    """A resource of a deployed stack.

    Attributes:
        name: its physical id.
    """

    stack: str
    kind: str
    logical_id: str
    name: str


@dataclass(frozen=True)
class Deployed:
    """A deployed stack; `protected` is CloudFormation's own termination protection."""

    name: str
    status: str
    protected: bool


def deployed(lake: Lake) -> dict[str, Deployed]:
    """Return every stack of the account and region by name."""
    pages = lake.cloudformation.get_paginator("describe_stacks").paginate()
    found = [stack for page in pages for stack in page["Stacks"]]
    return {
        stack["StackName"]: Deployed(stack["StackName"], stack["StackStatus"], stack.get("EnableTerminationProtection", False))
        for stack in found
        if stack["StackStatus"] != GONE
    }


def resources(lake: Lake, names: Iterable[str]) -> list[Resource]:
    """Return the resources that deployed stacks hold now."""
    paginator = lake.cloudformation.get_paginator("list_stack_resources")
    return [
        Resource(name, found["ResourceType"], found["LogicalResourceId"], found["PhysicalResourceId"])
        for name in names
        for page in paginator.paginate(StackName=name)
        for found in page["StackResourceSummaries"]
        if found["ResourceStatus"] != GONE and found.get("PhysicalResourceId")
    ]
