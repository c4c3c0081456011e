"""The numbered files, read and looked through before anything is deployed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import sqlglot
from sqlglot import Token, TokenType
from sqlglot.errors import TokenError

from contracts.document import ContractError
from warehouse import syntax
from warehouse.plan import LONGEST_STATEMENT, MOST_STATEMENTS, OWN_STATEMENTS, Migration, digest

ROOT = Path(__file__).parents[1]
SHIPPED, YOURS = "warehouse/migrations", "company/warehouse"
FILE_NAME = re.compile(r"\d{4}_[a-z0-9_]+")
# they begin and end the transaction that every migration is run in
TRANSACTIONS = ("abort", "begin", "commit", "end", "rollback", "start")
# Redshift runs them outside of a transaction alone
NOT_IN_A_TRANSACTION = ("create database", "create external table", "drop database", "vacuum")
APPENDS = re.compile(r"alter table \S+ append\b")  # https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE_APPEND.html
OUTSIDE = "Redshift runs {} outside of a transaction alone, and a migration is one"
ENDS_THE_TRANSACTION = ("truncate",)  # https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html
# https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html: what may stand behind `create`
CREATABLE = "database datashare external function group identity library local masking materialized model or procedure rls role schema table temp temporary user view"


class MigrationFileError(ContractError):
    """One or more migrations cannot be used; the text has a line for each problem, with file and line."""


def read(root: Path = ROOT) -> tuple[Migration, ...]:
    """Return the lake's migrations and then the company's, each in the order of their numbers.

    Raises:
        MigrationFileError: with every problem of every file.
    """
    problems: list[str] = []
    found: list[Migration] = []
    for folder, prefix in {SHIPPED: "", YOURS: "company/"}.items():
        paths = sorted((root / folder).glob("*.sql"))
        problems += _numbers(paths)
        for path in paths:
            problems += _names(path)
            statements = list(_statements(path, problems))
            found.append(
                Migration(
                    name=prefix + path.stem,
                    statements=tuple(statements),
                    checksum=digest(path.read_text(encoding="utf-8").replace("\r\n", "\n")),
                )
            )
    if problems:
        raise MigrationFileError(problems)
    return tuple(found)


def _names(path: Path) -> Iterator[str]:
    if not FILE_NAME.fullmatch(path.stem):
        yield f"{path}:1: a migration is named by four digits and what it does, as 0002_add_regions.sql"


def _numbers(paths: Iterable[Path]) -> Iterator[str]:
    seen: dict[str, Path] = {}
    for path in paths:
        number = path.stem[:4]
        if number in seen:
            yield f"{path}:1: number {number} is taken by {seen[number].name}; give it the next free one"
        seen[number] = path


def _statements(path: Path, problems: list[str]) -> Iterator[str]:
    """Yield the statements of a file without comments around them; what is wrong with one goes to `problems`."""
    written = path.read_text(encoding="utf-8")
    try:
        tokens = sqlglot.tokenize(written, read="redshift")
    except TokenError as error:
        problems.append(f"{path}:1: not SQL: {error}")
        return
    count = 0
    for statement in _split(tokens):
        count += 1
        sql = written[statement[0].start : statement[-1].end + 1]
        problems += [f"{path}:{statement[0].line}: {problem}" for problem in _problems(sql)]
        yield sql
    if not count:
        problems.append(f"{path}:1: no statement; a migration does something")
    if count > MOST_STATEMENTS - OWN_STATEMENTS:
        most = MOST_STATEMENTS - OWN_STATEMENTS
        problems.append(f"{path}:1: {count} statements, and one transaction of the Data API takes {most}; make two migrations of it")


def _split(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    statement: list[Token] = []
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            if statement:
                yield statement
            statement = []
        else:
            statement.append(token)
    if statement:
        yield statement


def _problems(sql: str) -> Iterator[str]:
    """Yield what keeps a statement out of a migration; the grammar is looked at where nothing else does."""
    words = " ".join(syntax.without_comments(sql).lower().split())
    found = list(_misplaced(words))
    verb, _, rest = words.partition(" ")
    if verb == "create" and rest.split(" ")[0] not in CREATABLE.split():
        found.append(f"not SQL of Redshift: create {rest.split(' ')[0]} makes nothing; it makes one of {', '.join(CREATABLE.split())}")
    if (size := len(sql.encode())) > LONGEST_STATEMENT:
        found.append(f"a statement of {size} bytes; the Data API takes {LONGEST_STATEMENT}")
    yield from found or syntax.problems(sql)


def _misplaced(words: str) -> Iterator[str]:
    """Yield why a statement cannot be part of a transaction."""
    if words.split(" ")[0] in TRANSACTIONS:
        yield f"{words.split(' ')[0]} is not for a migration, which is one transaction as a whole; take it out"
    for kind in NOT_IN_A_TRANSACTION:
        if words.startswith(kind):
            yield f"{OUTSIDE.format(kind)}; do it by hand"
    if APPENDS.match(words):
        yield f"{OUTSIDE.format('alter table append')}; insert and delete"
    for kind in ENDS_THE_TRANSACTION:
        if words.startswith(kind):
            yield f"{kind} commits what is before it, and a migration is one transaction as a whole; use delete"
