import json
from pathlib import Path

from tests.stacks.stateful import PINNED, STATEFUL, create_only, identities, referred_to
from tests.stacks.synthesis import Assembly

ACCEPTED = Path(__file__).with_name("stateful.json")
REGION = "eu-west-1"


def test_no_stateful_resource_is_replaced_or_loses_its_retention_unless_it_is_accepted_by_name(prod: Assembly) -> None:
    accepted, found = json.loads(ACCEPTED.read_text()), json.loads(json.dumps(identities(prod, REGION)))
    changed = {name: found.get(name, "removed") for name in accepted.keys() | found.keys() if accepted.get(name) != found.get(name)}
    assert changed == {}, f"this replaces or removes state; if it is meant, write these entries into {ACCEPTED.name}"


def test_every_stateful_resource_of_prod_outlives_its_stack(prod: Assembly) -> None:
    resources = prod.resources(*STATEFUL)
    assert len(resources) >= 10
    lost = {name for name, resource in resources.items() if resource.get("DeletionPolicy") != "RetainExceptOnCreate"}
    assert lost == set()


def test_every_resource_that_another_stack_refers_to_is_among_those_that_are_never_replaced(prod: Assembly) -> None:
    referred = referred_to(prod)
    assert len(referred) >= 6
    assert referred - set(prod.resources(*STATEFUL, *PINNED)) == set()


def test_a_changed_key_schema_shows_as_create_only() -> None:
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "a", "BillingMode": "PAY_PER_REQUEST"}}
    assert create_only(table, REGION) == {"TableName": "a"}


def test_no_stack_exports_a_value_so_none_can_block_another(prod: Assembly) -> None:
    outputs = [output for template in prod.templates.values() for output in template.get("Outputs", {}).values()]
    assert len(outputs) > 10
    assert [output for output in outputs if "Export" in output] == []
