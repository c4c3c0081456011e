"""Physical names: no two of a kind, and none that another stack's reference would lose."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from lake_constructs.validation.arns import NAMES, physical_name
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates, references


@rule(*NAMES, mend="give one of them another name, or let CloudFormation choose")
def physical_names_do_not_clash(templates: Templates, resource: Resource) -> Iterator[str]:
    """The second of two resources with one name is refused at the deploy, in whichever stack it is."""
    full = _full_name(templates, resource)
    for other in _named(templates)[full] if full else ():
        if other is not resource:
            yield f"{other} is named {full[-1]} too"


def _full_name(templates: Templates, resource: Resource) -> tuple[str, ...]:
    name = physical_name(resource)
    text = templates.text(resource.stack, name)
    return (resource.stack.account, resource.stack.region, resource.type, text) if name is not None else ()


@lru_cache(maxsize=8)
def _named(templates: Templates) -> Mapping[tuple[str, ...], list[Resource]]:
    found: dict[tuple[str, ...], list[Resource]] = {}
    for resource in templates.resources(*NAMES):
        found.setdefault(_full_name(templates, resource), []).append(resource)
    return found


@rule(*NAMES, mend="take RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, or give it no name")
def what_is_kept_leaves_the_next_deploy_its_name(templates: Templates, resource: Resource) -> Iterator[str]:
    """A first deploy that fails keeps what is retained, outside any stack: the next one cannot create it again."""
    if resource.body.get("DeletionPolicy") == "Retain" and physical_name(resource) is not None:
        yield "it has a name of its own, and stays when its first deploy fails"


@rule(mend="produce the output in the stack that it names, or name the stack and the output that there are")
def references_to_stacks_find_their_output(templates: Templates, resource: Resource) -> Iterator[str]:
    """A weak reference is looked up only when its reader is deployed: one to nothing fails there."""
    for reference in references(resource.stack.name, resource.body):
        if reference.is_output and templates.output(reference) is None:
            yield f"it reads the output {reference.name} of the stack {reference.stack}, which there is not"


@rule(
    mend="keep it when it leaves its template: UpdateReplacePolicy and DeletionPolicy alike; and give it no name that is made of a reference"
)
def what_others_refer_to_stays(templates: Templates, resource: Resource) -> Iterator[str]:
    """A weak reference keeps the old value until its reader is deployed again, so what it names has to stay.

    Whether a changed property replaces a resource shows only beside its last template; what a template alone shows is a name that
    follows another resource, and a policy that deletes the old one at its replacement while it is retained at its removal.
    """
    if resource not in _referred_to(templates):
        return
    name = physical_name(resource)
    if name is not None and any(True for _ in references(resource.stack.name, name)):
        yield "another stack refers to it, and its name changes with what it is made of, which replaces it"
    deletion, replacement = resource.body.get("DeletionPolicy", "Delete"), resource.body.get("UpdateReplacePolicy", "Delete")
    if deletion.startswith("Retain") != replacement.startswith("Retain"):
        yield f"another stack refers to it, and its DeletionPolicy is {deletion}, but its UpdateReplacePolicy {replacement}"


@lru_cache(maxsize=8)
def _referred_to(templates: Templates) -> set[Resource]:
    return {
        target
        for resource in templates.resources()
        for reference in references(resource.stack.name, resource.body)
        if reference.is_output
        for target in templates.targets(
            resource.stack, {"Fn::GetStackOutput": {"StackName": reference.stack, "OutputName": reference.name}}
        )
    }
