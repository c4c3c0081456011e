"""Whether a statement is SQL of Redshift, as far as that can be told without Redshift.

sqlglot reads most statements into a tree. Those that it takes as they are, or refuses, have to have one of the shapes that are known here: a
misspelt verb is to sqlglot a statement that it does not know, and taken.
"""

import logging
import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from warehouse.shapes import NAMED, UNKNOWN

ROOTS = (exp.Alter, exp.Analyze, exp.Copy, exp.Create, exp.Delete, exp.Drop, exp.Insert, exp.Merge, exp.Query, exp.Update)
"""What sqlglot makes of a statement that it read as a whole; a lone name, for instance, is an expression to it, too."""
SHAPES = tuple(re.compile(shape, re.IGNORECASE) for shape in NAMED.values())
WRONG = {what: re.compile(pattern, re.IGNORECASE) for what, pattern in UNKNOWN.items()}
# words of a table's definition that Redshift knows and sqlglot does not
_READ_OVER = (
    (re.compile(r"\binterleaved\s+sortkey\b", re.IGNORECASE), "compound sortkey"),
    (re.compile(r"\bbackup\s+(?:yes|no)\b|\bencode\s+\w+\b|\bsortkey\s+auto\b", re.IGNORECASE), " "),
    (re.compile(r"\b(?:dist|sort)key\b(?!\s*\()", re.IGNORECASE), " "),
)


def problems(sql: str) -> Iterator[str]:
    """Yield what keeps a statement from being SQL of Redshift: what was met, and what to do."""
    words = " ".join(without_comments(sql).split())
    if any(shape.fullmatch(words) for shape in SHAPES):
        return
    without_texts = re.sub("'(?:[^']|'')*'", "''", words)
    for what, pattern in WRONG.items():
        if found := pattern.search(without_texts):
            yield f"not SQL of Redshift: {what} cannot stand as in {without_texts[found.start() : found.start() + 60]!r}; look for a misspelt word"
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of each statement that it takes as it is
    try:
        parsed = sqlglot.parse_one(_read_over(sql) if words.lower().startswith("create") else sql, read="redshift")
    except ParseError as error:
        first = error.errors[0]
        yield f"not SQL of Redshift: {first['description']} near {first['highlight']!r} (line {first['line']} of the statement)"
        return
    if any(isinstance(part, exp.Command) for part in parsed.walk()) or not isinstance(parsed, ROOTS):
        yield (
            f"not SQL of Redshift, as far as is known here: {words[:60]!r}; look for a misspelt word, or, if Redshift takes it, add its shape to"
            f" warehouse/shapes.py, which has {', '.join(NAMED)}"
        )


def without_comments(sql: str) -> str:
    """Return a statement without its comments; texts and quoted names stay as they are."""
    return re.sub(r"('(?:[^']|'')*'|\"[^\"]*\")|--[^\n]*|/\*.*?\*/", lambda found: found[1] or " ", sql, flags=re.DOTALL)


def _read_over(sql: str) -> str:
    for words, instead in _READ_OVER:
        sql = words.sub(instead, sql)
    return sql
