"""The size of things: it makes a reader's day, and is not to be gamed by cutting one thing in two."""

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median, quantiles

import pytest

from cli.common.forbidden import project_files

ROOT = Path(__file__).parents[2]
FILE_95TH, FILE_LONGEST = 250, 350
FUNCTION_95TH, FUNCTION_LONGEST = 40, 80
MOST_LINES = {"app.py": 60, **{str(path.relative_to(ROOT)): 90 for path in sorted((ROOT / "stacks").glob("*_stack.py"))}}


def sources() -> list[Path]:
    """The project's Python, tests left out."""
    files = [path for path in project_files() if path.suffix == ".py" or path == ROOT / "lake"]
    return [path for path in files if not path.is_relative_to(ROOT / "tests")]


def functions(path: Path) -> Iterable[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def check(sizes: list[tuple[int, str]], most_95th: int, most: int) -> str:
    """Return the median for the report, once the limits hold."""
    numbers = [size for size, _ in sizes]
    longest = ", ".join(f"{name} {size}" for size, name in sorted(sizes, reverse=True)[:5])
    assert quantiles(numbers, n=20)[-1] <= most_95th, f"95th percentile over {most_95th} lines; the longest are {longest}"
    assert max(numbers) <= most, f"the longest is over {most} lines: {longest}"
    return f"median {median(numbers):.0f} lines of {len(numbers)}; the longest are {longest}"


def test_files_stay_within_their_budget(record_property: Callable[[str, object], None]) -> None:
    record_property("files", check([(lines(path), str(path.relative_to(ROOT))) for path in sources()], FILE_95TH, FILE_LONGEST))


def test_functions_stay_within_their_budget(record_property: Callable[[str, object], None]) -> None:
    record_property("functions", check([found for path in sources() for found in functions(path)], FUNCTION_95TH, FUNCTION_LONGEST))


def test_a_file_that_is_too_long_breaks_the_budget() -> None:
    with pytest.raises(AssertionError, match=r"the longest is over 350 lines: long\.py 351"):
        check([(10, "a.py")] * 40 + [(351, "long.py")], FILE_95TH, FILE_LONGEST)


@pytest.mark.parametrize("name", MOST_LINES)
def test_the_app_and_each_stack_are_wiring_and_fit_on_a_page(name: str) -> None:
    assert lines(ROOT / name) <= MOST_LINES[name]
