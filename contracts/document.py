"""YAML with the line of every value, so that a problem can name where it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Location = tuple[str | int, ...]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where the package was built with libyaml


class ContractError(Exception):
    """One or more contracts cannot be used; the text has a line for each problem, with file and line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Document:
    """A YAML file as plain data, with the line of each of its values.

    Attributes:
        lines: location of a value, as `("schema", 0, "name")` -> its line, from 1.
    """

    path: Path
    data: dict[str, Any]
    lines: dict[Location, int]

    def problem(self, location: Location, message: str) -> str:
        """Return `message` after the file and the line of `location`, or of what is nearest above it."""
        while location not in self.lines and location:
            location = location[:-1]
        return f"{self.path}:{self.lines.get(location, 1)}: {message}"


def load(path: Path) -> Document:
    """Read a YAML mapping.

    Raises:
        ContractError: not YAML, or not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root, data = yaml.compose(text, Loader=LOADER), yaml.load(text, Loader=LOADER)
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ContractError([f"{path}:{line}: byte {error.object[error.start]:#04x} is not UTF-8; save the file as UTF-8"]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContractError([f"{path}:{line}: not YAML: {error.problem}"]) from error
    if not isinstance(data, dict) or root is None:
        raise ContractError([f"{path}:1: expected a mapping, got {type(data).__name__}"])
    if twice := list(_twice(root)):
        raise ContractError([f"{path}:{line}: key {key!r} stands twice; the first would be lost" for key, line in twice])
    return Document(path, data, dict(_lines(root, ())))


def _lines(node: yaml.Node, location: Location) -> Iterator[tuple[Location, int]]:
    yield location, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*location, key.value), key.start_mark.line + 1
            yield from ((place, line) for place, line in _lines(value, (*location, key.value)) if place != (*location, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*location, index))


def _twice(node: yaml.Node) -> Iterator[tuple[str, int]]:
    """Yield each key that its mapping has already, which YAML forbids and the library passes over."""
    children = [value for pair in node.value for value in pair] if isinstance(node, yaml.MappingNode) else node.value
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode):
        for child in children:
            yield from _twice(child)
