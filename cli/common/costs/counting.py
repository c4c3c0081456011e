"""Goes through templates and counts what each resource costs."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cli.common.costs.bill import Bill, Cause, Charge, Unknown, merged
from cli.common.costs.prices import Prices
from cli.common.costs.profile import Profile

Template = Mapping[str, Any]
HOURS = 730  # of a month, as AWS's own calculator has it
SELDOM = "Lake/LogErrors"
"""Of filters on logs: sent, and paid, in the hours that have a line of an error."""
OWN_METRICS = re.compile(r'\["((?!AWS/)[A-Z][A-Za-z0-9]*/[A-Za-z0-9/]+)","([A-Za-z]+)"((?:,"[^"]*")*)')


@dataclass(frozen=True)
class Resource:
    """A resource of a template; `stack` is the construct id of its stack."""

    stack: str
    name: str
    type: str
    properties: Mapping[str, Any]


class UnknownCostError(Exception):
    """What a resource costs cannot be told; the text says why."""


@dataclass(frozen=True)
class Counting:
    """What the drivers count with.

    Attributes:
        templates: construct id of a stack -> its template.
    """

    templates: Mapping[str, Template]
    profile: Profile
    prices: Prices

    def charge(self, resource: Resource, driver: str, cause: Cause, quantity: float, price: str, unit: float = 1) -> Charge:
        """Return the cost of a month.

        Args:
            quantity: of what `unit` of them cost the price.
        """
        return Charge(resource.stack, driver, cause, quantity, quantity / unit * self.prices.usd(price))

    @cached_property
    def resources(self) -> list[Resource]:
        return [
            Resource(stack, name, found["Type"], found.get("Properties", {}))
            for stack, template in self.templates.items()
            for name, found in template.get("Resources", {}).items()
        ]

    def of_type(self, stack: str, *types: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.stack == stack and resource.type in types]


Driver = Callable[[Counting, Resource], Iterator[Charge]]


def count(templates: Mapping[str, Template], profile: Profile, prices: Prices, drivers: Mapping[str, Driver]) -> Bill:
    """Return what the templates cost in a month of a profile's traffic; what cannot be told is in `unknown`."""
    counting = Counting(templates, profile, prices)
    charges: list[Charge] = []
    unknown: list[Unknown] = []
    for resource in counting.resources:
        if driver := drivers.get(resource.type):
            try:
                charges.extend(driver(counting, resource))
            except UnknownCostError as error:
                unknown.append(Unknown(resource.stack, resource.name, resource.type, str(error)))
        elif resource.type not in prices.free:
            unknown.append(
                Unknown(resource.stack, resource.name, resource.type, "the price table says neither what it costs nor that it is free")
            )
    charges.extend(own_metrics(counting))
    return Bill(merged(charges), tuple(unknown), profile)


def own_metrics(counting: Counting) -> Iterator[Charge]:
    """Yield the lake's own metrics: those that alarms and dashboards name are sent, each combination of dimensions is one."""
    found: dict[tuple[str, ...], str] = {}
    for resource in counting.resources:
        if resource.type == "AWS::CloudWatch::Alarm":
            namespace = str(resource.properties.get("Namespace", ""))
            if namespace and not namespace.startswith(("AWS/", SELDOM)):
                dimensions = sorted(f"{one['Name']}={one['Value']}" for one in resource.properties.get("Dimensions", []))
                found.setdefault((namespace, str(resource.properties["MetricName"]), *dimensions), resource.stack)
        if resource.type == "AWS::CloudWatch::Dashboard":
            for namespace, metric, dimensions in OWN_METRICS.findall(body(resource)):
                words = re.findall(r'"([^"]*)"', dimensions)
                pairs = sorted(f"{name}={value}" for name, value in zip(words[::2], words[1::2], strict=False))
                found.setdefault((namespace, metric, *pairs), resource.stack)
    for stack in found.values():
        yield counting.charge(Resource(stack, "", "", {}), "own metrics", Cause.IDLE, 1, "cloudwatch.metric_month")


def body(dashboard: Resource) -> str:
    """Return a dashboard's body; what is known only at deploy is left out."""
    text = dashboard.properties.get("DashboardBody", "")
    parts = text["Fn::Join"][1] if isinstance(text, dict) and "Fn::Join" in text else [text]
    return "".join(part for part in parts if isinstance(part, str))


def templates_in(folder: Path) -> dict[str, Template]:
    """Return the templates that a synth wrote, by the construct ids of their stacks."""
    return {path.name.split(".")[0]: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.template.json"))}
