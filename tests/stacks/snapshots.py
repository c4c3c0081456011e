"""Templates made fit to compare: without what changes by itself, so that a difference is a change of the lake."""

import json
import re
from collections.abc import Iterator
from typing import Any

ASSET_HASH = re.compile(r"[0-9a-f]{64}")
ADDED_BY_CDK = ("Metadata", "Parameters", "Rules")
Path = tuple[str, ...]


def normalised(template: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    """Return a template without asset hashes, metadata, and the environment's own account and region."""
    kept = {part: value for part, value in template.items() if part not in ADDED_BY_CDK}
    text = ASSET_HASH.sub("ASSET", json.dumps(kept)).replace(account, "ACCOUNT").replace(region, "REGION")
    cleaned: dict[str, Any] = json.loads(text)
    for resource in cleaned["Resources"].values():
        resource.pop("Metadata", None)
    return cleaned


def difference(base: Any, other: Any) -> dict[str, list[Any]]:
    """Return what differs: path -> [value in base, value in other]; None where a side has none."""
    before, after = dict(_leaves(base, ())), dict(_leaves(other, ()))
    return {
        "/".join(path): [before.get(path), after.get(path)]
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    }


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, child in children:
        yield from _leaves(child, (*path, str(key)))
    if not children:
        yield path, value
