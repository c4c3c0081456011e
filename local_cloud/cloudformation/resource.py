"""What the local cloud knows of a CloudFormation resource type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Properties = dict[str, Any]

Complete = Callable[[str, Properties, Properties], Properties | None]
"""Make a resource have the properties that ministack drops: (physical id, properties, those of the previous template or {}).

What it returns is added to the attributes for Fn::GetAtt."""


@dataclass(frozen=True)
class Own:
    """Handlers of a type that ministack does not have.

    Attributes:
        create: (logical id, properties, stack name) -> physical id and attributes for Fn::GetAtt.
        delete: (physical id, properties).
        update: (physical id, properties of the previous template, properties) -> attributes; None replaces the resource.
    """

    create: Callable[[str, Properties, str], tuple[str, Properties]]
    delete: Callable[[str, Properties], None]
    update: Callable[[str, Properties, Properties], Properties] | None = None


@dataclass(frozen=True)
class ResourceType:
    """A resource type that stacks may use.

    Attributes:
        name: such as AWS::S3::Bucket.
        properties: those that are in effect or can be read back from the service; any other is refused.
        complete: for what ministack drops; None where it drops nothing.
        own: handlers of a type that ministack lacks.
        delete: in place of ministack's.
    """

    name: str
    properties: frozenset[str]
    complete: Complete | None = None
    own: Own | None = None
    delete: Callable[[str, Properties], None] | None = None


def properties(*lines: str) -> frozenset[str]:
    """Return the names in `lines`, which are separated by blanks."""
    return frozenset(name for line in lines for name in line.split())
