"""`./lake` itself: what it says before anything is set up. A copy of it runs in a folder of its own."""

import ast
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing is set up, with two verbs."""
    shutil.copy(ROOT / "lake", tmp_path / "lake")
    shutil.copytree(ROOT / "locks", tmp_path / "locks")
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "greet.py").write_text('"""Say hello.\n\nAnd more."""\nNEEDS = ["node"]\n', encoding="utf-8")
    (tmp_path / "cli" / "part.py").write_text('"""Say goodbye."""\n', encoding="utf-8")
    (tmp_path / "cli" / "__main__.py").write_text("", encoding="utf-8")
    return tmp_path


def lake(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / "lake"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **variables})


def module(path: Path) -> ModuleType:
    """The front door as a module, to reach its parts."""
    loader = importlib.machinery.SourceFileLoader("front_door", str(path / "lake"))
    spec = importlib.util.spec_from_loader("front_door", loader)
    assert spec is not None
    found = importlib.util.module_from_spec(spec)
    loader.exec_module(found)
    return found


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help"]])
def test_without_a_verb_it_lists_them_by_their_docstrings_and_sets_nothing_up(checkout: Path, arguments: list[str]) -> None:
    said = lake(checkout, *arguments)
    assert said.returncode == 0
    assert said.stdout == "usage: ./lake VERB [--help]\n\n  greet        Say hello.\n  part         Say goodbye.\n"
    assert not (checkout / ".cache").exists()


def test_an_unknown_verb_is_told_with_the_nearest_one(checkout: Path) -> None:
    said = lake(checkout, "gret")
    assert (said.returncode, said.stderr) == (2, "lake: no verb 'gret'; did you mean greet?\n")


@pytest.mark.end_to_end  # it takes long, not for a lake
def test_a_set_up_without_a_network_says_so_in_one_line(checkout: Path) -> None:
    said = lake(checkout, "part", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0", PIP_FIND_LINKS="")
    assert said.returncode == 1
    assert "lake: uv: the network was not reached; set your proxy or mirror as for pip and npm, and run this again" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_verb_keeps_what_python_compiled_whatever_the_shell_says(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("KEPT", "as it is")
    given = module(checkout).surroundings()
    assert "PYTHONDONTWRITEBYTECODE" not in given
    assert given["KEPT"] == "as it is"
    assert given["PATH"].startswith(str(checkout / ".venv"))


def test_a_python_that_spark_cannot_use_is_replaced_by_one_from_path(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = tmp_path / "bin" / "python3.12"
    stub.parent.mkdir()
    stub.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    stub.chmod(0o755)
    door = module(checkout)
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    monkeypatch.setenv("PATH", str(stub.parent))
    assert door.wanted_python() == str(stub)


def test_without_any_usable_python_it_says_which_is_needed(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "bin" / "python3.12"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")  # what a version manager leaves on PATH
    broken.chmod(0o755)
    door = module(checkout)
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    monkeypatch.setenv("PATH", str(broken.parent))
    with pytest.raises(door.SetUpError, match=r"needs Python 3\.11 or 3\.12"):
        door.wanted_python()


def test_an_interrupted_step_is_done_again_from_nothing(checkout: Path) -> None:
    door = module(checkout)
    built_on: list[bool] = []
    step = door.Step(built_on.append, checkout / "made", "locks/uv.txt")
    (checkout / "made").mkdir()

    def interrupt(_usable: bool) -> None:
        raise KeyboardInterrupt

    step.do()
    assert step.done()
    step.make = interrupt
    with pytest.raises(KeyboardInterrupt):
        step.do()
    assert not step.done()
    step.make = built_on.append
    step.do()
    assert step.done()
    assert built_on == [False, False]


def test_a_changed_lock_builds_on_what_is_there(checkout: Path) -> None:
    door = module(checkout)
    built_on: list[bool] = []
    (checkout / "made").mkdir()
    step = door.Step(built_on.append, checkout / "made", "locks/uv.txt")
    step.do()
    (checkout / "locks" / "uv.txt").write_text("uv==0\n", encoding="utf-8")
    assert not step.done()
    step.do()
    assert built_on == [False, True]


def test_a_moved_checkout_is_set_up_from_nothing(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    built_on: list[bool] = []
    (checkout / "made").mkdir()
    module(checkout).Step(built_on.append, checkout / "made", "locks/uv.txt").do()
    moved = tmp_path_factory.mktemp("elsewhere") / "checkout"
    shutil.copytree(checkout, moved)
    step = module(moved).Step(built_on.append, moved / "made", "locks/uv.txt")
    assert not step.done()
    step.do()
    assert built_on == [False, False]


def test_arm_linux_without_a_java_is_told_before_anything_is_fetched(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door = module(checkout)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(door.platform, "machine", lambda: "aarch64")
    monkeypatch.setenv("PATH", str(checkout))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(door.SetUpError, match="needs a Java 17"):
        door.set_up(["jars"])


def test_it_is_read_by_python_3_8() -> None:
    ast.parse((ROOT / "lake").read_text(encoding="utf-8"), feature_version=(3, 8))
