"""What every test may rely on."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

if (ROOT / "constructs" / "__init__.py").exists():  # before anything imports aws_cdk, whose message says nothing of the cause
    raise pytest.UsageError("delete constructs/__init__.py, it hides PyPI's package constructs")


TOGETHER = ("tests/glue_jobs", "tests/stacks")
"""Folders whose tests share what takes seconds to make: a Spark session, the templates of each environment."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a fixture stay in one process where several run: those of a folder above, and those of one file."""
    for item in items:
        file = item.path.relative_to(ROOT)
        folder = next((folder for folder in TOGETHER if file.is_relative_to(folder)), None)
        item.add_marker(pytest.mark.xdist_group(folder or str(file)))


@pytest.fixture(scope="session")
def project_context() -> dict[str, Any]:
    """cdk.json's feature flags: without them a test looks at another template than the one that is deployed."""
    return dict(json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"])
