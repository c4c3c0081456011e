"""What every test may rely on."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]

if (ROOT / "constructs" / "__init__.py").exists():  # before anything imports aws_cdk, whose message says nothing of the cause
    raise pytest.UsageError("delete constructs/__init__.py, it hides PyPI's package constructs")


settings.register_profile("lake", deadline=None)  # a machine that does other work is no fault of the code; times belong in benchmarks/
settings.load_profile("lake")

TOGETHER = ("tests/glue_jobs", "tests/stacks")
"""Folders whose tests share what takes seconds to make: a Spark session, the templates of each environment."""


class Rooms(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Tests that share a fixture stay in one process where several run: those of a folder above, and those of one file.

    Marks would say the same, but pytest 9.2 no longer takes the name that pytest-xdist 3.8 then gives a test, without a word.
    """

    def _split_scope(self, nodeid: str) -> str:
        return room(nodeid)


def room(nodeid: str) -> str:
    """Return the folder or file whose tests run in one process with this one."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs Spark is slow: its session alone takes seconds to start."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Rooms:
    return Rooms(config, log)


@pytest.fixture(scope="session")
def project_context() -> dict[str, Any]:
    """cdk.json's feature flags: without them a test looks at another template than the one that is deployed."""
    return dict(json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"])
