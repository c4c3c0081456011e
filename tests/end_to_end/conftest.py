from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.lake import ROOT, Lake
from tests.local_cloud.running import free_port

OWN_DATASETS = [f"tests/end_to_end/datasets/{name}" for name in ("announcements", "memos", "shipments")]


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, Path]]:
    """A lake that is deployed and empty, and a copy of its state to come back to."""
    settings = yaml.safe_load((ROOT / "config" / "local.yaml").read_text(encoding="utf-8"))
    settings["endpoint_url"] = f"http://127.0.0.1:{free_port()}"
    settings["datasets"] = [*sorted(path.parent.name for path in (ROOT / "datasets").glob("*/contract.yaml")), *OWN_DATASETS]
    settings["stream"] |= {"consumers": ["fraud"], "backup": True}
    environment = tmp_path_factory.mktemp("settings") / "end-to-end.yaml"
    environment.write_text(yaml.safe_dump(settings), encoding="utf-8")
    lake = Lake(environment, settings["endpoint_url"])
    lake.run("local", "reset")
    lake.run("local", "start")
    try:
        lake.run("deploy")
        lake.wait()  # what the deploy began: cut off by the stop, it would look as if it were at work
        yield lake, lake.kept("empty")
    finally:
        lake.run("local", "reset")


@pytest.fixture(scope="module")
def lake(deployed: tuple[Lake, Path]) -> Lake:
    """The deployed lake, empty at the start of each module."""
    lake, empty = deployed
    lake.restore(empty)
    return lake


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.end_to_end)
