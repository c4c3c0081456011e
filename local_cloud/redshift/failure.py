"""Why a statement failed, in Redshift's words where it has some."""

import re

import duckdb


class SqlError(Exception):
    """A statement cannot be carried out; the text is what Redshift says after `ERROR: `."""


class NotTranslatedError(SqlError):
    """A statement may be right, but the local cloud does not have what it asks for."""

    def __init__(self, what: str, sql: str) -> None:
        super().__init__(f"the local cloud does not run {what}: {shortened(sql)}")


_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r'(?:Table|View) with name "?([\w$. ]+?)"? does not exist'), 'relation "{0}" does not exist'),
    (re.compile(r'Schema with name "?([\w$.]+)"? does not exist'), 'schema "{0}" does not exist'),
    (re.compile(r'(?:Table|View) with name "([^"]+)" already exists'), 'Relation "{0}" already exists'),
    (re.compile(r'Schema with name "([^"]+)" already exists'), 'Schema "{0}" already exists'),
    (re.compile(r'Referenced column "([^"]+)" not found'), 'column "{0}" does not exist'),
    (re.compile(r'does not have a column named "([^"]+)"'), 'column "{0}" does not exist'),
    (re.compile(r"Function with name (\S+) does not exist"), "function {0} does not exist"),
    (re.compile(r"NOT NULL constraint failed: \S*?(\w+)$"), "Cannot insert a NULL value into column {0}"),
    (re.compile(r"CHECK constraint failed .*strlen\(\"?(\w+)\"?\) <= (\d+)"), "Value too long for character type: {0} takes {1} bytes"),
)


def from_duckdb(error: duckdb.Error) -> SqlError:
    """Return what Redshift would say of an error of DuckDB; where it is not known, DuckDB's own words."""
    told = str(error).splitlines()[0]
    for pattern, words in _RULES:
        if found := pattern.search(told):
            return SqlError(words.format(*found.groups()))
    return SqlError(told.partition("Error: ")[2] or told)


def shortened(sql: str, most: int = 200) -> str:
    """Return a statement on one line, cut where it is long."""
    line = " ".join(sql.split())
    return line if len(line) <= most else f"{line[:most]}..."
