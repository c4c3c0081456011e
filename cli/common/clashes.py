"""Physical names that templates give, and whether something has them already."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cli.common.session import Lake

Templates = Mapping[str, Mapping[str, Any]]

# type -> where its name stands in the template
NAMES: dict[str, tuple[str, ...]] = {
    "AWS::Athena::WorkGroup": ("Name",),
    "AWS::Glue::Database": ("DatabaseInput", "Name"),
    "AWS::Glue::Job": ("Name",),
    "AWS::Glue::SecurityConfiguration": ("Name",),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::StepFunctions::StateMachine": ("StateMachineName",),
}
NOT_FOUND = ("EntityNotFoundException", "InvalidRequestException", "StateMachineDoesNotExist")  # Athena has no word of its own for it


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
    """Return the name in a physical id, which is an ARN for a state machine."""
    return physical_id.rpartition(":")[2] if physical_id.startswith("arn:") else physical_id


def exists(lake: Lake, kind: str, name: str) -> bool:
    """Return whether the account has a resource of that type and name."""
    try:
        return LOOKS[kind](lake, name)
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_FOUND:
            return False
        raise


def _log_group(lake: Lake, name: str) -> bool:
    return any(group.get("logGroupName") == name for group in lake.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"])


def _machine(lake: Lake, name: str) -> bool:
    arn = f"arn:aws:states:{lake.settings.region}:{lake.settings.account}:stateMachine:{name}"
    return bool(lake.stepfunctions.describe_state_machine(stateMachineArn=arn))


LOOKS: dict[str, Callable[[Lake, str], bool]] = {
    "AWS::Athena::WorkGroup": lambda lake, name: bool(lake.athena.get_work_group(WorkGroup=name)),
    "AWS::Glue::Database": lambda lake, name: bool(lake.glue.get_database(Name=name)),
    "AWS::Glue::Job": lambda lake, name: bool(lake.glue.get_job(JobName=name)),
    "AWS::Glue::SecurityConfiguration": lambda lake, name: bool(lake.glue.get_security_configuration(Name=name)),
    "AWS::Logs::LogGroup": _log_group,
    "AWS::StepFunctions::StateMachine": _machine,
}
