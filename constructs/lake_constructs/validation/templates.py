"""Synthesised templates as one graph: who refers to whom, within a stack and across stacks."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lake_constructs.validation.arns import arn

SUBSTITUTED = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True)
class StackTemplate:
    """One stack as it is deployed.

    Attributes:
        name: physical name, by which other stacks refer to it.
        path: the file that it was read from, for reports; empty where it was read from none.
    """

    name: str
    template: Mapping[str, Any]
    account: str
    region: str
    path: str = ""


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of a template."""

    stack: StackTemplate
    logical_id: str
    body: Mapping[str, Any]

    @property
    def type(self) -> str:
        """CloudFormation's name of the type."""
        return str(self.body["Type"])

    @property
    def properties(self) -> Mapping[str, Any]:
        """What the template sets, references unresolved."""
        found: Mapping[str, Any] = self.body.get("Properties", {})
        return found

    def __str__(self) -> str:
        return f"{self.stack.name}/{self.logical_id}"


@dataclass(frozen=True)
class Reference:
    """A reference as it stands in a template: to a resource of its own stack, or to an output of another."""

    stack: str
    name: str
    attribute: str | None = None
    is_output: bool = False


@dataclass(eq=False)
class Templates:
    """All templates of an app."""

    stacks: Sequence[StackTemplate]
    _by_name: dict[str, StackTemplate] = field(init=False)
    _resources: dict[tuple[str, str], Resource] = field(init=False)
    _by_type: dict[str, list[Resource]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_name = {stack.name: stack for stack in self.stacks}
        self._resources = {
            (stack.name, name): Resource(stack, name, body)
            for stack in self.stacks
            for name, body in stack.template.get("Resources", {}).items()
        }
        self._by_type = {}
        for resource in self._resources.values():
            self._by_type.setdefault(resource.type, []).append(resource)

    def resources(self, *types: str) -> list[Resource]:
        """Return the resources of some types; of all types where none is named."""
        if not types:
            return list(self._resources.values())
        return [resource for kind in types for resource in self._by_type.get(kind, [])]

    def output(self, reference: Reference) -> Any:
        """Return the value of another stack's output; None where there is no such output."""
        stack = self._by_name.get(reference.stack)
        outputs = stack.template.get("Outputs", {}) if stack else {}
        return outputs.get(reference.name, {}).get("Value")

    def targets(self, stack: StackTemplate, value: Any) -> list[Resource]:
        """Return every resource that `value` refers to, through the outputs of other stacks too."""
        found = []
        for reference in references(stack.name, value):
            if reference.is_output and reference.stack in self._by_name:
                found += self.targets(self._by_name[reference.stack], self.output(reference))
            elif (reference.stack, reference.name) in self._resources:
                found.append(self._resources[reference.stack, reference.name])
        return found

    def target(self, stack: StackTemplate, value: Any) -> Resource | None:
        """Return the first resource that `value` refers to."""
        return next(iter(self.targets(stack, value)), None)

    def text(self, stack: StackTemplate, value: Any) -> str:
        """Return `value` as one text, in which the same thing always reads the same, whichever stack refers to it, and in whichever way."""
        if isinstance(value, Mapping) and len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Fn::Join":
                return str(argument[0]).join(self.text(stack, part) for part in argument[1])
            if name == "Fn::Sub":
                template, given = argument if isinstance(argument, list) else (argument, {})
                return SUBSTITUTED.sub(lambda found: self.text(stack, given.get(found[1], _substituted(found[1]))), template)
            for reference in references(stack.name, value):
                return self._refer(stack, reference)
        return value if isinstance(value, str) else json.dumps(value, sort_keys=True)

    def _refer(self, stack: StackTemplate, reference: Reference) -> str:
        pseudo = {"AWS::AccountId": stack.account, "AWS::Region": stack.region, "AWS::Partition": "aws", "AWS::StackName": stack.name}
        if reference.name in pseudo:
            return pseudo[reference.name]
        if reference.is_output:
            owner = self._by_name.get(reference.stack)
            return self.text(owner, self.output(reference)) if owner else f"<{reference.stack}.{reference.name}>"
        resource = self._resources.get((reference.stack, reference.name))
        return self.identity(resource, reference.attribute) if resource else f"<{reference.stack}.{reference.name}>"

    def identity(self, resource: Resource, attribute: str | None = "Arn") -> str:
        """Return an attribute of a resource as text; None means what a Ref gives."""
        return arn(resource, attribute, self.text)


def references(stack: str, value: Any) -> Iterator[Reference]:
    """Yield the references in `value`, depth first."""
    if isinstance(value, Mapping):
        for name, argument in value.items():
            found = _reference(stack, name, argument)
            yield from found or references(stack, argument)
    elif isinstance(value, list):
        for part in value:
            yield from references(stack, part)


def _reference(stack: str, intrinsic: str, argument: Any) -> list[Reference]:
    if intrinsic == "Ref" and isinstance(argument, str):
        return [Reference(stack, argument)]
    if intrinsic == "Fn::GetAtt":
        name, _, attribute = argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
        return [Reference(stack, name, attribute)]
    if intrinsic == "Fn::GetStackOutput":
        return [Reference(argument["StackName"], argument["OutputName"], is_output=True)]
    if intrinsic == "Fn::Sub":
        template, given = argument if isinstance(argument, list) else (argument, {})
        names = [name for name in SUBSTITUTED.findall(template) if name not in given]
        return [*(found for name in names for found in references(stack, _substituted(name))), *references(stack, given)]
    return []


def _substituted(name: str) -> dict[str, str]:
    return {"Fn::GetAtt": name} if "." in name else {"Ref": name}


def read(paths: Iterable[str]) -> Templates:
    """Read templates as a synth wrote them, with their stacks' names from the manifests beside them."""
    return Templates([_read(Path(path)) for path in paths])


def _read(path: Path) -> StackTemplate:
    template = json.loads(path.read_text(encoding="utf-8"))
    artifact = path.name.removesuffix(".template.json")
    manifest = path.with_name("manifest.json")
    described = json.loads(manifest.read_text(encoding="utf-8"))["artifacts"].get(artifact, {}) if manifest.is_file() else {}
    account, region = described.get("environment", "aws://unknown-account/unknown-region").removeprefix("aws://").split("/")
    return StackTemplate(described.get("properties", {}).get("stackName", artifact), template, account, region, str(path))
