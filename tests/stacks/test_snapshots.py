"""Every template, whole for prod, as their difference from prod for the others: `./lake test --update` rewrites them."""

from collections.abc import Mapping
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from config.read import settings
from tests.stacks.snapshots import difference, normalised
from tests.stacks.synthesis import Assembly, shipped

STACKS = ("Storage", "Catalog", "Ingestion", "Processing-aviation", "Orchestration", "Monitoring", "Network", "Warehouse")


@pytest.fixture
def snapshot_json(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def template(assemblies: Mapping[str, Assembly], environment: str, stack: str) -> dict[str, Any]:
    chosen = settings(shipped(environment))
    return normalised(assemblies[environment].templates[stack], chosen.account, chosen.region)


def test_every_stack_has_its_snapshot(prod: Assembly) -> None:
    assert sorted(prod.templates) == sorted(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_prod_is_as_it_was(stack: str, assemblies: Mapping[str, Assembly], snapshot_json: SnapshotAssertion) -> None:
    assert template(assemblies, "prod", stack) == snapshot_json


@pytest.mark.parametrize("environment", ["dev", "local"])
def test_an_environment_differs_from_prod_only_where_it_did(
    environment: str, assemblies: Mapping[str, Assembly], snapshot_json: SnapshotAssertion
) -> None:
    found = {stack: difference(template(assemblies, "prod", stack), template(assemblies, environment, stack)) for stack in STACKS}
    assert found == snapshot_json


def test_a_difference_names_its_path_and_both_values() -> None:
    assert difference({"a": {"b": 1, "c": [1]}}, {"a": {"b": 2, "c": [1, 3]}}) == {"a/b": [1, 2], "a/c/1": [None, 3]}


def test_an_asset_hash_an_account_and_a_region_do_not_make_a_difference() -> None:
    template = {"Metadata": {}, "Resources": {"A": {"Metadata": {}, "At": f"{'0a' * 32}.py in 111111111111 eu-west-1"}}}
    assert normalised(template, "111111111111", "eu-west-1") == {"Resources": {"A": {"At": "ASSET.py in ACCOUNT REGION"}}}
