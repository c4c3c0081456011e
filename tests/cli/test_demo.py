"""What the demo says to try next can be typed in that order."""

from pathlib import Path

import pytest

from cli.demo import next_steps


@pytest.mark.parametrize("environment", ["local", "/elsewhere/mine.yaml"])
def test_the_lake_is_stopped_after_all_that_needs_it(environment: str) -> None:
    verbs = [line.split()[1:3] for line in next_steps(environment, Path("dirty.csv"))]
    assert verbs[-1] == ["local", "stop"]
    assert ["status"] in [verb[:1] for verb in verbs[:-1]]
    assert verbs.count(["local", "stop"]) == 1
