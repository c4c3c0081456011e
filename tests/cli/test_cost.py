"""The verb that says what a lake costs, and what a change adds."""

import json
import subprocess

import pytest

from cli.common.paths import ROOT

pytestmark = pytest.mark.end_to_end


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(ROOT / "lake"), "cost", *arguments], capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_cost_of_an_environment_is_told_with_what_is_not_in_it() -> None:
    done = run("--env", "dev")
    assert "Idle, it costs" in done.stdout
    assert "interface endpoints" in done.stdout
    assert "Not counted:" in done.stderr
    assert "cost unknown" not in done.stderr


@pytest.mark.matrix
def test_what_a_commit_adds_is_the_difference_of_two_synths() -> None:
    found = json.loads(run("--env", "dev", "--compare", "HEAD", "--format", "json").stdout)
    assert set(found) == {"before", "after"}
    assert {charge["stack"] for charge in found["before"]["charges"]} >= {"Storage", "Monitoring"}
    assert found["before"]["idle_month"] > 0
