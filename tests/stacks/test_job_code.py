"""A job has all the code that it imports: what was forgotten would show in the account alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

from stacks.archive import ROOT
from stacks.job_code import SHARED


def imported(path: Path) -> Iterator[Path]:
    """Yield the files of contracts/ that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found = (ROOT / f"{name.replace('.', '/')}.py" for name in names if name.startswith("contracts"))
            yield from (file for file in found if file.is_file())


def reached(paths: list[Path]) -> set[Path]:
    """Return these files and all of contracts/ that they import, directly or not."""
    known: set[Path] = set()
    while paths:
        path = paths.pop()
        if path not in known:
            known.add(path)
            paths += imported(path)
    return known


def test_a_job_is_given_every_file_of_contracts_that_it_imports_and_no_other() -> None:
    given = {file for pattern in SHARED for file in ROOT.glob(pattern)}
    jobs = [*(ROOT / "glue_jobs").glob("*.py"), *(ROOT / "glue_jobs" / "common").glob("*.py")]
    needed = {file for file in reached(jobs) if "contracts" in file.parts[-2:]}
    assert needed == {file for file in given if "contracts" in file.parts[-2:]} - {ROOT / "contracts" / "__init__.py"}
    assert ROOT / "contracts" / "contract.py" in needed
