"""Physical names that templates give, and whether something has them already."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.common import inventory, stacks
from cli.common.session import Lake

Templates = Mapping[str, Mapping[str, Any]]

# type -> where its name stands in the template
NAMES: dict[str, tuple[str, ...]] = {
    "AWS::Athena::WorkGroup": ("Name",),
    "AWS::Budgets::Budget": ("Budget", "BudgetName"),
    "AWS::CloudWatch::Alarm": ("AlarmName",),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName",),
    "AWS::CloudWatch::Dashboard": ("DashboardName",),
    "AWS::Events::Rule": ("Name",),
    "AWS::Glue::Classifier": ("CsvClassifier", "Name"),
    "AWS::Glue::Crawler": ("Name",),
    "AWS::Glue::Database": ("DatabaseInput", "Name"),
    "AWS::Glue::Job": ("Name",),
    "AWS::Glue::SecurityConfiguration": ("Name",),
    "AWS::Kinesis::Stream": ("Name",),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName",),
    "AWS::Lambda::Function": ("FunctionName",),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::RedshiftServerless::Namespace": ("NamespaceName",),
    "AWS::RedshiftServerless::Workgroup": ("WorkgroupName",),
    "AWS::SQS::Queue": ("QueueName",),
    "AWS::Scheduler::Schedule": ("Name",),
    "AWS::StepFunctions::StateMachine": ("StateMachineName",),
}
MACHINE, QUEUE = "AWS::StepFunctions::StateMachine", "AWS::SQS::Queue"


def wanted(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return the template of each stack by the stack's name."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = [artifact["properties"] for artifact in manifest["artifacts"].values() if artifact["type"] == "aws:cloudformation:stack"]
    return {
        properties["stackName"]: json.loads((folder / properties["templateFile"]).read_text(encoding="utf-8"))
        for properties in found
        if properties["stackName"] in names
    }


def named(templates: Templates) -> list[tuple[str, str]]:
    """Return type and name of each resource that has a name of its own."""
    return [
        (resource["Type"], name)
        for template in templates.values()
        for resource in template["Resources"].values()
        if isinstance(name := _name(resource), str)
    ]


def _name(resource: Mapping[str, Any]) -> object:
    value: Any = resource.get("Properties", {})
    for key in NAMES.get(resource["Type"], ("",)):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def bare(physical_id: str) -> str:
    """Return the name in a physical id, which is an ARN for a state machine and an address for a queue."""
    if physical_id.startswith(("http://", "https://")):
        return physical_id.rpartition("/")[2]
    return physical_id.rpartition(":")[2] if physical_id.startswith("arn:") else physical_id


def exists(lake: Lake, kind: str, name: str) -> bool:
    """Return whether the account has a resource of that type and name."""
    if kind == QUEUE:
        return inventory.has_queue(lake, name)
    machine = f"arn:aws:states:{lake.settings.region}:{lake.settings.account}:stateMachine:{name}"
    return inventory.exists(lake, kind, machine if kind == MACHINE else name)


def taken(
    lake: Lake, templates: Templates, own: Collection[tuple[str, str]]
) -> tuple[list[tuple[str, str]], dict[str, ClientError | BotoCoreError]]:
    """Return type and name of what is there already and in the way of templates, and why types could not all be looked for.

    Args:
        own: type and name of what the environment's own stacks hold.
    """
    wanted: dict[str, list[str]] = {}
    for kind, name in named(templates):
        if (kind, name) not in own:
            wanted.setdefault(kind, []).append(name)
    found: list[tuple[str, str]] = []
    unknown: dict[str, ClientError | BotoCoreError] = {}
    for kind, names in wanted.items():
        try:
            found += [(kind, name) for name in there(lake, kind, names)]
        except (ClientError, BotoCoreError) as error:
            unknown[kind] = error
    return found, unknown


def there(lake: Lake, kind: str, names: Sequence[str]) -> Iterator[str]:
    """Yield the names of a type that the account has."""
    if kind in inventory.ALARMS:  # there are many: asked for one by one, CloudWatch would refuse some for their number
        yield from inventory.alarms(lake, kind, names)
        return
    for name in names:
        if exists(lake, kind, name):
            yield name


def own(lake: Lake, names: Iterable[str]) -> set[tuple[str, str]]:
    """Return type and name of all that deployed stacks hold."""
    return {(resource.kind, bare(resource.name)) for resource in stacks.resources(lake, names)}
