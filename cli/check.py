"""Check what needs no run: style, types, who imports whom, the locks, and words that do not belong here."""

from collections.abc import Callable
from functools import partial

import typer

from cli.common import commands, forbidden, locks
from cli.common.console import err, step
from cli.common.paths import PYTHON

BIN = PYTHON.parent


def run() -> None:
    results = [passes(title, check) for title, check in CHECKS.items()]
    if not all(results):
        raise typer.Exit(1)


def passes(title: str, check: Callable[[], str]) -> bool:
    """Show a check while it runs, and what it found; return whether that was nothing."""
    try:
        with step(title):
            if found := check().rstrip():
                raise FindingError(found)
    except FindingError as found:
        err.print(str(found), markup=False)
        return False
    return True


class FindingError(Exception):
    """A check found something; the text is what."""


def stale_locks() -> str:
    return "\n".join(f"locks/{group}.txt is not what pyproject.toml asks for: run ./lake lock" for group in locks.stale())


def forbidden_words() -> str:
    return "\n".join(forbidden.findings(forbidden.project_files()))


CHECKS: dict[str, Callable[[], str]] = {
    "lint": partial(commands.complaint, [BIN / "ruff", "check", "--quiet", "--output-format", "concise"]),
    "format": partial(commands.complaint, [BIN / "ruff", "format", "--check", "--quiet", "--output-format", "concise"]),
    "types": partial(commands.complaint, [BIN / "mypy", ".", "lake"]),
    "imports": partial(commands.complaint, [BIN / "lint-imports", "--no-logo"]),
    "locks": stale_locks,
    "words": forbidden_words,
}
