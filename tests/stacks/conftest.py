from collections.abc import Mapping

import pytest

from tests.stacks.synthesis import Assembly, shipped, synthesise

ENVIRONMENTS = ("prod", "dev", "local")


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Assembly]:
    return {environment: synthesise(shipped(environment), tmp_path_factory.mktemp(environment)) for environment in ENVIRONMENTS}


@pytest.fixture(scope="session")
def prod(assemblies: Mapping[str, Assembly]) -> Assembly:
    return assemblies["prod"]
