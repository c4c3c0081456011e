from collections.abc import Mapping

import pytest
import yaml

from tests.stacks.synthesis import Assembly, shipped, synthesise

ENVIRONMENTS = ("prod", "dev", "local")


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Assembly]:
    return {environment: synthesise(shipped(environment), tmp_path_factory.mktemp(environment)) for environment in ENVIRONMENTS}


@pytest.fixture(scope="session")
def prod(assemblies: Mapping[str, Assembly]) -> Assembly:
    return assemblies["prod"]


@pytest.fixture(scope="session")
def pulling(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Prod with the tests' dataset that is pulled from an API, and no other."""
    settings = yaml.safe_load(shipped("prod").read_text(encoding="utf-8"))
    environment = tmp_path_factory.mktemp("settings") / "pulling.yaml"
    environment.write_text(yaml.safe_dump({**settings, "datasets": ["tests/end_to_end/datasets/departures"]}), encoding="utf-8")
    return synthesise(environment, tmp_path_factory.mktemp("pulling"))
