"""The verb that says what a lake costs, and what a change adds."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.common.paths import PYTHON, ROOT

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


KEY = """\
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_kms as kms

from config.settings import Settings


def extend(app: App, settings: Settings) -> None:
    stack = Stack(app, "Company", env=Environment(account=settings.account, region=settings.region))
    kms.Key(stack, "Key", enable_key_rotation=True)
"""
VERB = "import sys; from cli.__main__ import main; sys.exit(main(sys.argv[1:]))"


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this checkout, committed as it is."""
    folder = tmp_path / "checkout"
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it was")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


@pytest.mark.matrix
def test_a_resource_that_a_change_adds_is_what_the_comparison_shows(checkout: Path) -> None:
    def compared(ref: str, form: str) -> str:
        command = [str(PYTHON), "-c", VERB, "cost", "--env", "dev", "--compare", ref, "--format", form]
        paths = {"PATH": f"{PYTHON.parent}:/usr/bin:/bin", "PYTHONPATH": f"{checkout}:{checkout / 'constructs'}", "HOME": str(Path.home())}
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False, env=paths, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    (checkout / "company" / "extend.py").write_text(KEY, encoding="utf-8")
    assert compared("HEAD", "markdown").splitlines()[2:] == [
        "| Company: keys | +1.00 |  |  |  |  | +1.00 |",
        "| all | +1.00 |  |  |  |  | +1.00 |",
    ]
    git(checkout, "commit", "--quiet", "--all", "--message", "a key more")
    found = json.loads(compared("HEAD~1", "json"))
    assert found["after"]["idle_month"] - found["before"]["idle_month"] == pytest.approx(1)
    assert {charge["stack"] for charge in found["after"]["charges"]} - {charge["stack"] for charge in found["before"]["charges"]} == {
        "Company"
    }
