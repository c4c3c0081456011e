"""Results: a file of rows for GetQueryResults, and the object that Athena leaves at the output location."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_cloud.athena.values import Column
from local_cloud.client import client
from local_cloud.pages import RowFiles

Row = Sequence[str | None]


@dataclass(frozen=True)
class Result:
    """What a query gave, row by row."""

    columns: Sequence[Column]
    rows: Iterable[Row]


@dataclass(frozen=True)
class Page:
    """Some rows of a result.

    Attributes:
        position: from which the next page is read; None after the last row.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    position: int | None


class Results:
    """The results of all queries."""

    def __init__(self, folder: Path) -> None:
        self._files = RowFiles(folder)

    def keep(self, query_id: str, result: Result) -> None:
        """Write a result."""
        self._files.write(query_id, [vars(column) for column in result.columns], result.rows)

    def page(self, query_id: str, position: int, most: int) -> Page:
        """Return at most `most` rows from a position on; 0 is the first."""
        found = self._files.page(query_id, position, most)
        return Page([Column(**column) for column in found.header], found.rows, found.position)

    def publish(self, query_id: str, address: str, encryption: dict[str, str], header: bool) -> None:
        """Put the object at the output location: csv with a header for rows, plain text for lists of names, as Athena does.

        Args:
            encryption: parameters of PutObject.
        """
        parts = urlsplit(address)
        draft = self._files.file(query_id).with_suffix(".draft")
        with self._files.file(query_id).open(encoding="utf-8") as source, draft.open("w", encoding="utf-8", newline="") as target:
            columns = [column["name"] for column in json.loads(source.readline())]
            if header:
                target.write(_csv(columns))
            write = _csv if header else _tabs
            target.writelines(write(json.loads(line)) for line in source)
        with draft.open("rb") as body:
            client("s3").put_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"), Body=body, **encryption)
        draft.unlink()


def _csv(values: Row) -> str:
    # Athena quotes every value, and leaves a null empty.
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in values) + "\n"


def _tabs(values: Row) -> str:
    return "\t".join(value or "" for value in values) + "\n"


def rows_of_api(page: Page, header: bool) -> list[dict[str, Any]]:
    """Return the rows in the form of Athena's API, in which the first page of rows begins with the names of the columns."""
    names = [[column.name for column in page.columns]] if header else []
    return [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in [*names, *page.rows]]
