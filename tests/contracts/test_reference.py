"""docs/contract.md is what the classes say: `./lake test --update tests/contracts/test_reference.py` writes it."""

import dataclasses
from pathlib import Path

import pytest

from contracts import reference
from contracts.lake_keys import KEYS_BELOW, LakeKeys

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"


def test_the_reference_is_what_the_classes_say(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update_snapshots"):
        PAGE.write_text(reference.markdown(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == reference.markdown(), f"{PAGE.name} is not what the classes say: run this test with --update"


@pytest.mark.parametrize("keys", [LakeKeys, *KEYS_BELOW.values()])
def test_every_key_of_the_lake_is_explained_where_it_is_defined(keys: type) -> None:
    explained = reference._attributes(keys)
    assert set(explained) == {key.name for key in dataclasses.fields(keys)}
