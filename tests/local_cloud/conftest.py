from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local_cloud.running import LocalCloud, free_port


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    running = LocalCloud(tmp_path_factory.mktemp("cloud"), free_port())
    running.start()
    yield running
    running.end()


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    """A local cloud for one test, which starts it and may end it."""
    running = LocalCloud(tmp_path / "home", free_port())
    yield running
    if running.process is not None and running.process.poll() is None:
        running.end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts a local cloud takes the time of an end-to-end test."""
    for item in items:
        if {"cloud", "own_cloud"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.end_to_end)
