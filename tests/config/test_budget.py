"""A budget that nobody would hear of, or that counts nothing, stops the synth."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config import read
from config.read import SettingsError


def settings(folder: Path, **changes: Any) -> Path:
    file = folder / "own.yaml"
    given = {"account": "111111111111", "region": "eu-west-1", "notify": ["people@example.com"], **changes}
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    return file


def test_there_is_no_budget_without_a_setting(tmp_path: Path) -> None:
    assert read.settings(settings(tmp_path)).budget.monthly_usd is None


def test_a_budget_of_a_tag_that_is_carried_is_taken(tmp_path: Path) -> None:
    found = read.settings(settings(tmp_path, tags={"team": "data"}, budget={"monthly_usd": 20, "tag": "team"}))
    assert (found.budget.monthly_usd, found.budget.tag) == (20, "team")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"budget": {"monthly_usd": 0}}, "greater than 0"),
        ({"budget": {"monthly_usd": 20}, "notify": [], "storage": {"protected": False}}, "0 addresses to tell"),
        ({"budget": {"monthly_usd": 20}, "notify": [f"p{number}@example.com" for number in range(11)]}, "11 addresses to tell"),
        ({"budget": {"monthly_usd": 20, "tag": "team"}}, "no resource carries"),
    ],
    ids=["nothing", "nobody", "too many", "unknown tag"],
)
def test_an_impossible_budget_is_refused(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said):
        read.settings(settings(tmp_path, **changes))
