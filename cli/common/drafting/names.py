"""Names that Athena, Glue and Redshift take without quoting, made of whatever the source has."""

import re
import unicodedata
from collections.abc import Iterable

# words of SQL that sources like to use as names, and that a query could name only in quotes
RESERVED = {
    "all", "and", "as", "between", "by", "case", "cast", "column", "count", "create", "cross", "current", "date", "default", "delete", "desc",
    "distinct", "drop", "else", "end", "exists", "false", "for", "from", "full", "grant", "group", "having", "in", "inner", "insert",
    "interval", "into", "is", "join", "left", "like", "limit", "natural", "not", "null", "offset", "on", "or", "order", "outer",
    "partition", "primary", "range", "references", "right", "row", "rows", "select", "set", "start", "table", "tag", "then", "time",
    "timestamp", "to", "true", "union", "unique", "update", "user", "using", "values", "when", "where", "window", "with",
}  # fmt: skip


def legal(sources: Iterable[str]) -> list[str]:
    """Return a column name for each source name, all of them different."""
    taken: set[str] = set()
    made = []
    for position, source in enumerate(sources, start=1):
        wanted = plain(source) or f"column_{position}"
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name)
        made.append(name)
    return made


def plain(source: str) -> str:
    """Return lower-case letters, digits and single underscores, a letter first; empty where nothing of the name is left."""
    letters = unicodedata.normalize("NFKD", source.replace("%", " percent ").replace("ß", "ss"))
    ascii_only = letters.encode("ascii", "ignore").decode()
    words = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3_\2\4", ascii_only)
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    if name[:1].isdigit():
        name = f"c_{name}"
    return f"{name}_" if name in RESERVED else name
