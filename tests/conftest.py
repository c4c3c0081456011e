"""What every test may rely on."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

if (ROOT / "constructs" / "__init__.py").exists():  # before anything imports aws_cdk, whose message says nothing of the cause
    raise pytest.UsageError("delete constructs/__init__.py, it hides PyPI's package constructs")


@pytest.fixture(scope="session")
def project_context() -> dict[str, Any]:
    """cdk.json's feature flags: without them a test looks at another template than the one that is deployed."""
    return dict(json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"])
