"""Tables on standard output."""

import csv
import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from cli.common.console import out
from cli.common.options import Format


def write(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: Format) -> None:
    """Print a table for people, or as CSV or JSON for programs."""
    if form is Format.JSON:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=1, ensure_ascii=False, default=str))
    elif form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    else:
        out.print(rendered(columns, rows))


def rendered(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str | None = None) -> Table:
    """Return a table for people: numbers to the right, thousands apart, nothing for null."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        numeric = all(isinstance(row[index], int | float | None) for row in rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row))  # a Text, since brackets in data are no styles
    return table


def cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.2f}"
        case list():
            return "; ".join(map(str, value))
    return str(value)
