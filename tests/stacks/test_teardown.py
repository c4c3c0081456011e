"""Every type that the stacks have is known to what looks before a deploy and after a destroy."""

from collections.abc import Mapping

from cli.common import inventory
from cli.common.preflight import quotas, regions
from cli.common.preflight.regions import EVERYWHERE
from cli.common.teardown.plan import DATA
from tests.stacks.stateful import STATEFUL
from tests.stacks.synthesis import Assembly


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
