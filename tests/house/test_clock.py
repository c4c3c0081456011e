"""No row depends on when a job runs: what asks for the time is the edge of the job alone."""

import ast
import re
from pathlib import Path

import pytest

JOBS = Path(__file__).parents[2] / "glue_jobs"
EDGE = {"edge.py"}
"""Gives the ledger its clock, for its stamps."""
CALLS = {
    "now",
    "utcnow",
    "today",
    "time",
    "time_ns",
    "localtime",
    "gmtime",
    "current_timestamp",
    "current_date",
    "curdate",
    "localtimestamp",
}
SQL = re.compile(
    r"\b(?:(?:now|current_date|current_timestamp|curdate|localtimestamp|unix_timestamp)\s*\(|current_(?:timestamp|date)\b|localtimestamp\b)",
    re.IGNORECASE,
)


def clocks(text: str) -> list[str]:
    """Return what asks for the time in a job's code: calls, names of functions that are handed on, and SQL."""
    found = []
    tree = ast.parse(text)
    documented = {id(node.body[0].value) for node in ast.walk(tree) if _documents(node)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CALLS and not isinstance(node.ctx, ast.Store):
            found.append(ast.unparse(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            found += SQL.findall(node.value)
    return found


def _documents(node: ast.AST) -> bool:
    first = next(iter(getattr(node, "body", None) or []), None) if not isinstance(node, ast.Lambda | ast.IfExp) else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)


def test_nothing_but_the_edge_of_a_job_asks_for_the_time() -> None:
    files = [path for path in JOBS.rglob("*.py") if path.name not in EDGE]
    assert len(files) > 20
    assert {path.name: found for path in files if (found := clocks(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "clock = datetime.utcnow",
        "date.today()",
        "time.time()",
        "F.current_timestamp()",
        "spark.sql('select now()')",
        "F.expr('current_date - 1')",
        "frame.where(f'at < current_timestamp and {x}')",
    ],
)
def test_what_asks_for_the_time_is_found(line: str) -> None:
    assert clocks(line)


@pytest.mark.parametrize("line", ["time.monotonic()", "'what is known now'", "head.arrived_at", "def f():\n    'Return now() of it.'"])
def test_what_does_not_is_not(line: str) -> None:
    assert clocks(line) == []
