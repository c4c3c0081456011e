"""Between the spellings of templates, state machines and APIs, by the API's own model."""

from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_cloud.client import client

JAVA_NAMES = {"nul": "NULL"}
"""Members that Step Functions spells as the SDK for Java does."""


class UnknownMemberError(ValueError):
    """A property or argument has no member in the API."""


def parameters(service: str, operation: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return `given` named, nested and typed as the input of an operation wants them.

    Raises:
        UnknownMemberError: a name, at any depth, is no member of the input.
    """
    shape = client(service).meta.service_model.operation_model(operation).input_shape
    converted: dict[str, Any] = convert(given, shape)
    return converted


def convert(value: Any, shape: Shape) -> Any:
    """Return a value of a template or a state machine as one of `shape`: names without regard to case, numbers and booleans from text.

    Raises:
        UnknownMemberError: a key of a structure is no member of it.
    """
    match shape:
        case StructureShape():
            return _structure(value, shape)
        case ListShape():
            return [convert(item, shape.member) for item in value]
        case MapShape():
            return {key: convert(item, shape.value) for key, item in value.items()}
        case _:
            return _scalar(value, shape.type_name)


def _scalar(value: Any, type_name: str) -> Any:
    match type_name:
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
        case "boolean":
            return value if isinstance(value, bool) else str(value).lower() == "true"
        case _:
            return value


def _structure(value: dict[str, Any], shape: StructureShape) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members} | {java: name for java, name in JAVA_NAMES.items() if name in shape.members}
    unknown = sorted(key for key in value if key.lower() not in members)
    if unknown:
        raise UnknownMemberError(f"{shape.name} has no {', '.join(unknown)}; it has {', '.join(sorted(shape.members))}")
    return {members[key.lower()]: convert(item, shape.members[members[key.lower()]]) for key, item in value.items()}


def spoken_by_step_functions(value: Any, shape: Shape) -> Any:
    """Return an API's answer as a state sees it: members with a capital first letter, times as ISO 8601 text; keys of maps are data."""
    match shape:
        case StructureShape():
            members = {name: value[name] for name in shape.members if name in value}
            return {_java_name(name): spoken_by_step_functions(item, shape.members[name]) for name, item in members.items()}
        case ListShape():
            return [spoken_by_step_functions(item, shape.member) for item in value]
        case MapShape():
            return {key: spoken_by_step_functions(item, shape.value) for key, item in value.items()}
        case Shape(type_name="timestamp"):
            return _iso(value)
        case Shape(type_name="blob"):
            return value.decode() if isinstance(value, bytes) else value.read().decode()
        case _:
            return value


def _java_name(name: str) -> str:
    spoken = {member: java.capitalize() for java, member in JAVA_NAMES.items()}
    return spoken.get(name, name[:1].upper() + name[1:])


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
