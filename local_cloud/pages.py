"""Results that are given page by page: one file each, with a line that says what it holds, then a line per row."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RowPage:
    """Some rows of a result.

    Attributes:
        header: what the file says of its rows.
        position: from which the next page is read; None after the last row.
    """

    header: Any
    rows: list[Any]
    position: int | None


@dataclass(frozen=True)
class RowFiles:
    """A folder of results."""

    folder: Path

    def write(self, name: str, header: Any, rows: Iterable[Any]) -> int:
        """Write a result and return its number of rows."""
        count = 0
        with self.file(name).open("w", encoding="utf-8") as file:
            file.write(json.dumps(header) + "\n")
            for count, row in enumerate(rows, 1):  # noqa: B007  # what is left of it is the number of rows
                file.write(json.dumps(row) + "\n")
        return count

    def page(self, name: str, position: int, most: int) -> RowPage:
        """Return at most `most` rows from a position on; 0 is the first."""
        with self.file(name).open("rb") as file:
            header = json.loads(file.readline())
            if position:
                file.seek(position)
            rows = [json.loads(line) for _, line in zip(range(most), file, strict=False)]
            end = file.tell()
            return RowPage(header, rows, end if file.readline() else None)

    def file(self, name: str) -> Path:
        """Return where a result is kept."""
        return self.folder / f"{name}.jsonl"
