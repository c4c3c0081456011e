"""The locks in locks/, and whether they still are what pyproject.toml asks for."""

import hashlib
import json
import tomllib
from typing import Any

from cli.common.paths import ROOT

LOCKS = ROOT / "locks"
GROUPS = ("uv", "dev", "local")


def requirements(group: str, pyproject: dict[str, Any] | None = None) -> list[str]:
    """Return what a lock is made of: lines as in a requirements file."""
    project = pyproject or tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if group == "uv":
        return [f"uv=={project['tool']['lake']['uv']}"]
    deploying = project["project"]["dependencies"] if group == "dev" else []
    return [*deploying, *project["dependency-groups"][group]]


def fingerprint(group: str, pyproject: dict[str, Any] | None = None) -> str:
    """Return the first line of a lock, which changes with what the lock is made of."""
    project = pyproject or tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = json.dumps([sorted(requirements(group, project)), project["tool"].get("uv", {})])
    return f"# {hashlib.sha256(text.encode()).hexdigest()} of its part of pyproject.toml; ./lake lock writes this file"


def stale() -> list[str]:
    """Return the locks that do not belong to pyproject.toml as it stands."""
    return [group for group in GROUPS if (LOCKS / f"{group}.txt").read_text(encoding="utf-8").split("\n", 1)[0] != fingerprint(group)]
