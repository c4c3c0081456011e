"""Who tells people of an execution that ended badly, besides the machine itself: the alarms of the templates."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lake_constructs.validation.rules.machines import MACHINE, definition_of
from lake_constructs.validation.templates import Resource, Templates

ENDS = {"ExecutionsFailed": "FAILED", "ExecutionsTimedOut": "TIMED_OUT", "ExecutionsAborted": "ABORTED"}
LOG_ERRORS = "Lake/LogErrors"
CHILD = re.compile(r'ALARM\("([^"]+)"\)')

Tellers = dict[str, dict[str, list[str]]]


def tellers(templates: Templates) -> Tellers:
    """Return machine -> end -> the alarms that tell of it, by their names; those that another one keeps quiet do not."""
    alarms = {str(alarm.properties["AlarmName"]): alarm for alarm in templates.resources("AWS::CloudWatch::Alarm")}
    over = {str(found.properties["AlarmName"]): found for found in templates.resources("AWS::CloudWatch::CompositeAlarm")}
    telling = {child: name for name, found in over.items() for child in CHILD.findall(found.properties["AlarmRule"])}
    found: dict[str, dict[str, set[str]]] = {}
    for name, alarm in alarms.items():
        for machine, end in _about(templates, alarm):
            found.setdefault(machine, {}).setdefault(end, set()).add(telling.get(name, name))
    quiet = {name: _suppressor(templates, made, alarms) for name, made in over.items() if "ActionsSuppressor" in made.properties}
    return {
        machine: {end: sorted(name for name in names if quiet.get(name) not in names) for end, names in ends.items()}
        for machine, ends in found.items()
    }


def _about(templates: Templates, alarm: Resource) -> Iterator[tuple[str, str]]:
    """Yield the machines, and the ends of their executions, by which an alarm begins."""
    namespace, metric = alarm.properties["Namespace"], alarm.properties["MetricName"]
    if namespace == "AWS/States" and metric in ENDS:
        (dimension,) = alarm.properties["Dimensions"]
        yield templates.text(alarm.stack, dimension["Value"]).rpartition(":")[2], ENDS[metric]
    for machine in templates.resources(MACHINE):
        name = str(machine.properties["StateMachineName"])
        # where it fails, what it measures is missing; or its log says so
        if (alarm.properties["TreatMissingData"] == "breaching" and _sends(templates, machine, namespace)) or (namespace, metric) == (
            LOG_ERRORS,
            name,
        ):
            yield from ((name, end) for end in ENDS.values())


def _sends(templates: Templates, machine: Resource, namespace: str) -> bool:
    return f'"Namespace": "{namespace}"' in json.dumps(definition_of(templates, machine))


def _suppressor(templates: Templates, composite: Resource, alarms: Mapping[str, Any]) -> str:
    logical = composite.properties["ActionsSuppressor"]["Fn::GetAtt"][0]
    return next(name for name, alarm in alarms.items() if alarm.logical_id == logical)
