"""Whether an account has room for what the templates make: counted by type, against Service Quotas and what is there already."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from cli.common import stacks
from cli.common.clashes import Templates
from cli.common.preflight.finding import Finding, Level
from cli.common.session import Lake

TABLE = Path(__file__).with_name("quotas.yaml")
T = TypeVar("T")
PER_STACK = 500  # resources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html


@dataclass(frozen=True)
class Quota:
    """A row of quotas.yaml, which says what each key means."""

    name: str
    type: str
    service: str
    default: int
    source: str
    code: str | None = None
    used: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)


@lru_cache
def table() -> tuple[tuple[Quota, ...], Mapping[str, str]]:
    """Return the quotas, and the types that have none, each with the reason."""
    read = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(Quota(**{**row, "used": tuple(row.get("used", ()))}) for row in read["quotas"]), read["countless"]


def wanted(quota: Quota, templates: Templates) -> int:
    """Return how many of a quota's resources templates make."""
    return sum(
        resource["Type"] == quota.type and _matches(resource.get("Properties", {}), quota.where)
        for template in templates.values()
        for resource in template["Resources"].values()
    )


def held(quota: Quota, templates: Templates, deployed: Iterable[stacks.Resource]) -> int:
    """Return how many of a quota's resources the deployed stacks hold.

    CloudFormation lists no properties: a quota that is about some resources of a type counts those that the templates still have.
    """
    return sum(
        resource.kind == quota.type
        and _matches(templates[resource.stack]["Resources"].get(resource.logical_id, {}).get("Properties", {}), quota.where)
        for resource in deployed
    )


def look(lake: Lake, templates: Templates) -> Iterator[Finding]:
    """Yield each quota that the templates would exceed, and one finding for those that have room."""
    yield from _large(templates)
    quotas, countless = table()
    if strange := sorted(_types(templates) - {quota.type for quota in quotas} - set(countless)):
        yield Finding(Level.NOTE, f"no quota is known of {', '.join(strange)}", f"add a row to {TABLE.name}, where there is one")
    deployed = stacks.resources(lake, set(templates) & set(stacks.deployed(lake)))
    counted = [(quota, more) for quota in quotas if (more := wanted(quota, templates))]
    tight = 0
    for quota, number in counted:
        more = number - held(quota, templates, deployed)
        limit, used = _limit(lake, quota), _used(lake, quota)
        if more > 0 and (used or 0) + more > limit:
            tight += 1
            yield _exceeded(lake, quota, limit, used, more)
    if not tight:
        source = "the defaults that AWS documents, since the local cloud has none" if lake.settings.is_local else "Service Quotas"
        yield Finding(Level.OK, f"there is room for what the templates make in {len(counted)} quotas (by {source})")


def _exceeded(lake: Lake, quota: Quota, limit: int, used: int | None, more: int) -> Finding:
    ask = (
        f"aws service-quotas request-service-quota-increase --service-code {quota.service} --quota-code {quota.code} "
        f"--desired-value {(used or 0) + more} --region {lake.settings.region}"
        if quota.code
        else f"ask AWS Support for more ({quota.source})"
    )
    there = "how many are there was not told" if used is None else f"{used} are there"
    return Finding(Level.ERROR, f"{quota.name}: the templates make {more} more, {there}, {limit} are allowed", f"{ask}; or delete some")


def _large(templates: Templates) -> Iterator[Finding]:
    for name, template in templates.items():
        if (number := len(template["Resources"])) > PER_STACK:
            yield Finding(
                Level.ERROR, f"{name} has {number} resources, a stack may have {PER_STACK}", "give some datasets a domain of their own"
            )


def _types(templates: Templates) -> set[str]:
    kinds = {resource["Type"] for template in templates.values() for resource in template["Resources"].values()}
    return {kind for kind in kinds if kind.startswith("AWS::")}


def _limit(lake: Lake, quota: Quota) -> int:
    """Return what the account is allowed: its own number, AWS's default of today, or the one in the table."""
    if quota.code and not lake.settings.is_local:
        client = lake.service("service-quotas")
        for operation in ("get_service_quota", "get_aws_default_service_quota"):
            ask = partial(getattr(client, operation), ServiceCode=quota.service, QuotaCode=quota.code)
            if answer := _asked(ask):
                return int(answer["Quota"]["Value"])
    return quota.default


def _used(lake: Lake, quota: Quota) -> int | None:
    """Return how many there are; None where that was not told."""
    if not quota.used:
        return 0
    service, operation, member = quota.used
    client = lake.service(service)

    def count() -> int:
        pages: Iterable[Any] = (
            client.get_paginator(operation).paginate() if client.can_paginate(operation) else [getattr(client, operation)()]
        )
        return sum(not isinstance(one, dict) or _matches(one, quota.where) for page in pages for one in page[member])

    return _asked(count)


def _asked(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except (ClientError, BotoCoreError):
        return None


def _matches(found: Mapping[str, Any], where: Mapping[str, str]) -> bool:
    return all(found.get(key) == value for key, value in where.items())
