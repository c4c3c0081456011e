"""One change to one synthesised template, so that a check can be shown what it is for."""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lake_constructs.validation.keys import inside
from lake_constructs.validation.templates import StackTemplate, Templates
from tests.stacks.synthesis import Assembly

Change = Callable[[dict[str, Any]], None]
PLACEHOLDER = "<<{}>>"


@dataclass(frozen=True)
class Mutation:
    """A fault that somebody could make.

    Attributes:
        what: in a reader's words; unique.
        stack: construct id.
        resource: how the logical id starts; empty for the template itself.
        change: made to the resource, or to the template.
        rule: which of our rules catches it; None where it is another check's business.
    """

    what: str
    stack: str
    resource: str
    change: Change
    rule: str | None

    def of(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """Return the template with the fault."""
        broken = copy.deepcopy(dict(template))
        self.change(broken["Resources"][self.logical_id(template)] if self.resource else broken)
        assert broken != template, f"{self.what} changes nothing"
        return broken

    def logical_id(self, template: Mapping[str, Any]) -> str:
        """Return the one resource that it is about."""
        (found,) = [name for name in template["Resources"] if name.startswith(self.resource)]
        return str(found)

    def kind(self, template: Mapping[str, Any]) -> str:
        """Return the type of the resource."""
        return str(template["Resources"][self.logical_id(template)]["Type"]) if self.resource else "(template)"


def graph(assembly: Assembly, replaced: Mapping[str, dict[str, Any]] | None = None) -> Templates:
    """Return an assembly as the rules see it, some of its templates replaced."""
    artifacts = json.loads((assembly.folder / "manifest.json").read_text())["artifacts"]
    stacks = []
    for construct, template in {**assembly.templates, **(replaced or {})}.items():
        account, region = artifacts[construct]["environment"].removeprefix("aws://").split("/")
        stacks.append(StackTemplate(artifacts[construct]["properties"]["stackName"], template, account, region))
    return Templates(stacks)


def put(path: str, value: Any) -> Change:
    """Set what stands at a path below Properties."""
    above, _, last = f"Properties/{path}".rpartition("/")

    def change(body: dict[str, Any]) -> None:
        inside(body, above)[int(last) if last.isdecimal() else last] = copy.deepcopy(value)

    return change


def drop(path: str) -> Change:
    """Remove what stands at a path below Properties."""
    above, _, last = f"Properties/{path}".rpartition("/")

    def change(body: dict[str, Any]) -> None:
        del inside(body, above)[int(last) if last.isdecimal() else last]

    return change


def swap(path: str, old: str, new: str) -> Change:
    """Replace a text, wherever it stands below a path of the resource."""

    def change(body: dict[str, Any]) -> None:
        above, _, last = path.rpartition("/")
        holder = inside(body, above) if above else body
        written = json.dumps(holder[last])
        assert json.dumps(old)[1:-1] in written, f"{old} does not stand at {path}"
        holder[last] = json.loads(written.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1]))

    return change


def statement(sid: str, change: Callable[[dict[str, Any]], object]) -> Change:
    """Change the statements of a policy that have a Sid, are for a service, or have one of the actions they are named by."""

    def apply(body: dict[str, Any]) -> None:
        for found in _statements(body, sid)[1]:
            change(found)

    return apply


def without(sid: str) -> Change:
    """Remove such statements of a policy."""

    def apply(body: dict[str, Any]) -> None:
        held, removed = _statements(body, sid)
        for found in removed:
            held.remove(found)

    return apply


def _statements(body: dict[str, Any], sid: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    document = body["Properties"].get("PolicyDocument", body["Properties"].get("KeyPolicy"))
    held: list[dict[str, Any]] = document["Statement"]
    found = [one for one in held if sid in (one.get("Sid"), one.get("Principal", {}).get("Service")) or sid in one["Action"]]
    assert found, f"no statement is known by {sid}"
    return held, found


def whole(key: str, value: Any) -> Change:
    """Set a key beside Properties, as DependsOn; None removes it."""

    def change(body: dict[str, Any]) -> None:
        body.update({key: value})
        if value is None:
            del body[key]

    return change


def depends_no_more_on(part: str) -> Change:
    """Take what has `part` in its name out of DependsOn."""

    def change(body: dict[str, Any]) -> None:
        body["DependsOn"] = [name for name in body["DependsOn"] if part not in name]

    return change


def state(name: str, change: Callable[[dict[str, Any]], object]) -> Change:
    """Change one state of a machine's definition."""
    return definition(lambda found: change(_state(found, name)))


def definition(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change a machine's definition, its references kept."""

    def apply(body: dict[str, Any]) -> None:
        separator, parts = body["Properties"]["DefinitionString"]["Fn::Join"]
        references = [part for part in parts if not isinstance(part, str)]
        marks = iter(range(len(references)))
        text = separator.join(part if isinstance(part, str) else PLACEHOLDER.format(next(marks)) for part in parts)
        parsed = json.loads(text)
        change(parsed)
        pieces: list[Any] = [json.dumps(parsed)]
        for position, reference in enumerate(references):
            pieces = [cut for piece in pieces for cut in _cut(piece, PLACEHOLDER.format(position), reference)]
        body["Properties"]["DefinitionString"] = {"Fn::Join": ["", pieces]}

    return apply


def _cut(piece: Any, mark: str, reference: Any) -> list[Any]:
    before, found, after = piece.partition(mark) if isinstance(piece, str) else (piece, "", "")
    return [before, reference, *_cut(after, mark, reference)] if found else [piece]


def _state(found: dict[str, Any], name: str) -> dict[str, Any]:
    if name in found["States"]:
        return dict.__getitem__(found["States"], name)
    inner = (state["ItemProcessor"] for state in found["States"].values() if "ItemProcessor" in state)
    return next(_state(held, name) for held in inner)
