"""The few marked flights that a smoke test lands: of an airline and a year that no real flight has, so that each smoke replaces the last one's."""

import csv
import io
from dataclasses import dataclass

from cli.common import sample

DATASET = "flights"
CARRIER, YEAR, MONTH, DAY = "ZZ", "1970", "1", "1"
ROWS = 5


@dataclass(frozen=True)
class Marked:
    """A smoke's files.

    Attributes:
        mark: stands in the name of each object, and as `tailnum` in each row.
    """

    mark: str

    def good(self) -> bytes:
        """Return a file of `ROWS` flights; the same each time."""
        return _file([self._marked(row) for row in _whole()[:ROWS]])

    def broken(self) -> bytes:
        """Return a file of one flight whose delay is no number."""
        return _file([{**self._marked(_whole()[0]), "dep_delay": self.mark}])

    def _marked(self, row: dict[str, str]) -> dict[str, str]:
        hour = f"{YEAR}-01-01T{int(row['hour']):02}:00:00Z"
        return {**row, "carrier": CARRIER, "year": YEAR, "month": MONTH, "day": DAY, "time_hour": hour, "tailnum": self.mark}


def _whole() -> list[dict[str, str]]:
    """Return real flights that lack nothing, each of another number."""
    with sample.months()[0].open(encoding="utf-8", newline="") as lines:
        rows: dict[str, dict[str, str]] = {}
        for row in csv.DictReader(lines):
            if "NA" not in row.values():
                rows.setdefault(row["flight"], row)
            if len(rows) == ROWS:
                break
    return list(rows.values())


def _file(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
