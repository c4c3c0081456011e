"""Tests run side by side, but those that share what takes seconds to make run in one process."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from cli.test import PARALLEL
from tests.conftest import TOGETHER, room

pytestmark = pytest.mark.slow  # it runs pytest

ROOT = Path(__file__).parents[2]
FILES = ("tests/config/test_read.py", "tests/config/test_warehouse.py")


def test_the_tests_of_a_file_run_in_one_process_and_those_of_two_files_in_two() -> None:
    command = [sys.executable, "-m", "pytest", "-v", *PARALLEL, "--numprocesses", "2", *FILES]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    processes = defaultdict(set)
    for process, file in re.findall(r"^\[(gw\d)\].* PASSED ([^:]+)::", said, re.MULTILINE):
        processes[file].add(process)
    assert [len(processes[file]) for file in FILES] == [1, 1]
    assert set.union(*processes.values()) == {"gw0", "gw1"}


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        ("import os\ndef test_it_dies(): os._exit(3)", "test_it_dies"),
        (
            "import os, pytest\n@pytest.mark.parametrize('process', [os.getpid()])\ndef test_it(process): pass",
            "Different tests were collected",
        ),
    ],
    ids=["a process dies", "each process finds other tests"],
)
def test_what_goes_wrong_between_processes_is_told_and_not_hidden_by_the_snapshots(tmp_path: Path, tests: str, told: str) -> None:
    (tmp_path / "test_apart.py").write_text(f"{tests}\n", encoding="utf-8")
    apart = ["-c", f"{ROOT / 'pyproject.toml'}", "--rootdir", f"{tmp_path}", "--max-worker-restart", "0", f"{tmp_path}"]
    command = [sys.executable, "-m", "pytest", *PARALLEL, "--numprocesses", "2", *apart]
    ended = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode
    assert told in ended.stdout
    assert "Traceback" not in ended.stderr


def test_the_folders_that_share_a_spark_session_or_the_templates_are_a_room_each() -> None:
    assert [room(f"{folder}/test_a.py::test_b[c::d]") for folder in TOGETHER] == list(TOGETHER)
    assert all((ROOT / folder / "conftest.py").exists() for folder in TOGETHER)
    assert room("tests/config/test_a.py::test_b") == "tests/config/test_a.py"
