"""Every type that the stacks have is known to what looks before a deploy and after a destroy."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cli.common import clashes, inventory
from cli.common.preflight import quotas, regions
from cli.common.preflight.regions import EVERYWHERE
from cli.common.teardown.plan import DATA
from tests.stacks.stateful import STATEFUL
from tests.stacks.synthesis import Assembly

NAME = re.compile("Name$")  # how CloudFormation's properties for names end
NO_NAMES = {
    ("AWS::CloudWatch::Alarm", "MetricName"): "of a metric that it looks at",
    ("AWS::EC2::VPCEndpoint", "ServiceName"): "of AWS's service",
    ("AWS::Glue::Crawler", "DatabaseName"): "of a database that it fills",
    ("AWS::Glue::Job", "Command.Name"): "of the kind of job",
    ("AWS::RedshiftServerless::Namespace", "DbName"): "of a database inside it",
    ("AWS::RedshiftServerless::Workgroup", "NamespaceName"): "of the namespace that it serves",
}
"""Properties with a literal that end as names do and are not the resource's own name, each with whose it is."""


def literals(properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield the properties, and those one level below, that hold a name as it stands, by their paths."""
    for key, value in properties.items():
        below = {f"{key}.{inner}": text for inner, text in value.items()} if isinstance(value, Mapping) else {key: value}
        yield from (path for path, text in below.items() if isinstance(text, str) and NAME.search(path))


def kinds(assemblies: Mapping[str, Assembly], pulling: Assembly) -> set[str]:
    return {resource["Type"] for assembly in [*assemblies.values(), pulling] for resource in assembly.resources().values()}


def test_every_type_of_the_stacks_can_be_asked_for_or_goes_with_another(assemblies: Mapping[str, Assembly], pulling: Assembly) -> None:
    found = kinds(assemblies, pulling)
    assert len(found) > 30
    assert {kind for kind in found if not inventory.is_known(kind)} == set()


def test_every_type_of_the_stacks_has_a_quota_or_a_reason_to_have_none(assemblies: Mapping[str, Assembly], pulling: Assembly) -> None:
    rows, countless = quotas.table()
    known = {row.type for row in rows} | set(countless)
    assert {kind for kind in kinds(assemblies, pulling) if kind.startswith("AWS::")} - known == set()


def test_every_name_that_the_stacks_give_is_looked_for_before_a_deploy(assemblies: Mapping[str, Assembly], pulling: Assembly) -> None:
    """What goes with another resource has its name inside that one."""
    given = {
        (resource["Type"], path)
        for assembly in [*assemblies.values(), pulling]
        for resource in assembly.resources().values()
        if resource["Type"].startswith("AWS::") and resource["Type"] not in inventory.GOES_WITH
        for path in literals(resource.get("Properties", {}))
    }
    known = {(kind, ".".join(path)) for kind, path in clashes.NAMES.items()}
    assert given - known - set(NO_NAMES) == set()
    assert set(NO_NAMES) <= given, "a reason for what no stack has any more"
    assert {kind for kind, _ in known - given} == set(), "a type whose name no stack gives any more"


def test_every_service_of_the_stacks_is_one_that_boto3_knows(prod: Assembly) -> None:
    used = regions.services(prod.templates)
    assert {"glue", "redshift-serverless", "firehose", "stepfunctions"} <= set(used)
    assert [name for name in used if not regions._offered(name, "eu-west-1")] == []
    assert set(used) & set(EVERYWHERE) == set()


def test_what_a_destroy_takes_for_data_is_what_must_never_be_replaced() -> None:
    assert set(DATA) == set(STATEFUL)


def test_nothing_that_is_kept_is_kept_where_it_was_just_created(prod: Assembly) -> None:
    """A first deploy that fails keeps nothing: what is retained is so except on create."""
    policies = {
        resource["DeletionPolicy"] for resource in prod.resources().values() if resource.get("DeletionPolicy", "Delete") != "Delete"
    }
    assert policies == {"RetainExceptOnCreate"}
