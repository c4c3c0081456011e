"""What no file of the project may hold."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cli.common import commands
from cli.common.paths import ROOT

FORBIDDEN = {
    "the host of a package index, where a company has its mirror": r"pypi\.org|pythonhosted\.org|npmjs\.(org|com)|repo1?\.maven(\.apache)?\.org|maven\.org",
    "a thing left to do": r"\b(TO[D]O|FIX[M]E|XX[X])\b",
    "a path of one person's machine": r"(?<![\w.~$}-])/(home|Users|work)/\w",
}


def project_files() -> list[Path]:
    """Return what is, or would be, committed."""
    listed = commands.output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    paths = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file()]


def findings(paths: Iterable[Path]) -> Iterator[str]:
    """Yield a line for each place that holds what it may not."""
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not a text
        for meaning, pattern in FORBIDDEN.items():
            for found in re.finditer(pattern, text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{path}:{line}: {found.group()} is {meaning}"
