"""What the harness has to know of an app, taken from its templates: every machine, and every rule and schedule that starts one."""

import json
from collections.abc import Mapping
from typing import Any

from contracts.contract import Contract
from lake_constructs.validation.rules.machines import MACHINE, definition_of
from lake_constructs.validation.templates import Resource, StackTemplate, Templates
from tests.edges.tellers import tellers


def described(templates: Templates, contracts: Mapping[str, Contract], copies: list[str]) -> dict[str, Any]:
    """Return the app; the same thing reads the same in definitions, patterns and names."""
    machines = {templates.identity(machine): machine for machine in templates.resources(MACHINE)}
    (ledger,) = templates.resources("AWS::DynamoDB::Table")
    raw = next(bucket for bucket in templates.resources("AWS::S3::Bucket") if bucket.logical_id.startswith("Raw"))
    refresh = next(machine for machine in machines.values() if machine.logical_id.startswith("RefreshMachine"))
    name = str(refresh.properties["StateMachineName"]).removesuffix("refresh")
    found = {
        "machines": {arn: _machine(templates, machine) for arn, machine in machines.items()},
        "rules": [
            {"pattern": json.dumps(_resolved(templates, rule.stack, rule.properties["EventPattern"])), "targets": targets}
            for rule in templates.resources("AWS::Events::Rule")
            if (targets := [arn for target in rule.properties["Targets"] if (arn := templates.text(rule.stack, target["Arn"])) in machines])
        ],
        "schedules": [
            arn
            for schedule in templates.resources("AWS::Scheduler::Schedule")
            if (arn := templates.text(schedule.stack, schedule.properties["Target"]["Arn"])) in machines
        ],
        "ledger": templates.identity(ledger, None),
        "raw": templates.identity(raw, None),
        "job_prefix": name,
        "datasets": sorted(contracts),
        "inputs": {contract.name: list(contract.inputs) for contract in contracts.values() if contract.inputs},
        "copies": copies,
        "tellers": tellers(templates),
    }
    return _plain(found)


def _machine(templates: Templates, machine: Resource) -> dict[str, Any]:
    return {
        "name": machine.properties["StateMachineName"],
        "definition": definition_of(templates, machine),
        "express": machine.properties.get("StateMachineType") == "EXPRESS",
    }


def _resolved(templates: Templates, stack: StackTemplate, value: Any) -> Any:
    """Return a pattern with its references as text."""
    if isinstance(value, list):
        return [_resolved(templates, stack, part) for part in value]
    if isinstance(value, Mapping):
        if any(key.startswith("Fn::") or key == "Ref" for key in value):
            return templates.text(stack, value)
        return {key: _resolved(templates, stack, part) for key, part in value.items()}
    return value


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    """Return the description with names of tables and buckets in characters that services allow."""
    text = json.dumps(found)
    for name in (found["ledger"], found["raw"]):
        text = text.replace(name, name.strip("<>"))
    return dict(json.loads(text))
