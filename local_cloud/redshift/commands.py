"""Statements that the parser has no tree for: external schemas, refreshes, groups and roles, locks."""

import re
from collections.abc import Callable

from local_cloud.redshift import materialized, privileges
from local_cloud.redshift.failure import NotTranslatedError, SqlError
from local_cloud.redshift.session import Session
from local_cloud.redshift.system import SCHEMA

Command = Callable[[Session, re.Match[str]], None]


def of(sql: str) -> Callable[[Session], None] | None:
    """Return what carries out a command; None where a text is none of them."""
    text = " ".join(_without_comments(sql).split()).removesuffix(";").rstrip()
    for pattern, command in _COMMANDS:
        if found := pattern.fullmatch(text):
            return lambda session: command(session, found)
    return None


def _without_comments(sql: str) -> str:
    return re.sub(r"\A(?:\s|--[^\n]*\n|/\*.*?\*/)+", "", sql, flags=re.DOTALL)


def _external_schema(session: Session, found: re.Match[str]) -> None:
    rest = found["rest"].strip()
    if rest and not re.fullmatch(r"region '[\w-]+'", rest, re.IGNORECASE):
        raise NotTranslatedError(f"CREATE EXTERNAL SCHEMA with {rest}", found.string)
    if (role := _new_schema(session, found)) is not None:
        session.run(f"INSERT INTO {SCHEMA}.external_schemas VALUES (?, ?, ?)", (found["name"].lower(), found["database"].lower(), role))


def _external_streams(session: Session, found: re.Match[str]) -> None:
    if (role := _new_schema(session, found)) is not None:
        session.run(f"INSERT INTO {SCHEMA}.external_streams VALUES (?, ?)", (found["name"].lower(), role))


def _new_schema(session: Session, found: re.Match[str]) -> str | None:
    """Return the ARN of the role of an external schema that is to be made; None where it is there, and may be."""
    name, role = found["name"].lower(), session.role(found["role"])
    if session.in_batch:
        raise SqlError("CREATE EXTERNAL SCHEMA cannot run inside a transaction block")
    if session.has_schema(name):
        if found["exists"]:
            return None
        raise SqlError(f'Schema "{name}" already exists')
    return role


def _refresh(session: Session, found: re.Match[str]) -> None:
    materialized.refresh(session, *session.place(found["view"]))


def _create_principal(session: Session, found: re.Match[str]) -> None:
    kind, name = found["kind"].lower(), found["name"].lower()
    if privileges.exists(session, kind, name):
        raise SqlError(f'{kind} "{name}" already exists')
    session.run(f"INSERT INTO {SCHEMA}.principals VALUES (?, ?)", (kind, name))


def _drop_principal(session: Session, found: re.Match[str]) -> None:
    kind, name = found["kind"].lower(), found["name"].lower()
    privileges.must_exist(session, kind, name)
    if not found["force"] and session.rows(f"SELECT 1 FROM {SCHEMA}.privileges WHERE grantee_kind = ? AND grantee = ?", (kind, name)):
        raise SqlError(f'{kind} "{name}" cannot be dropped because some objects depend on it')
    session.run(f"DELETE FROM {SCHEMA}.privileges WHERE grantee_kind = ? AND grantee = ?", (kind, name))
    session.run(f"DELETE FROM {SCHEMA}.members WHERE (kind = ? AND name = ?) OR (member_kind = ? AND member = ?)", (kind, name) * 2)
    session.run(f"DELETE FROM {SCHEMA}.principals WHERE kind = ? AND name = ?", (kind, name))


def _lock(session: Session, found: re.Match[str]) -> None:
    """A transaction has the whole database here; what is left is that the tables are there."""
    for named in found["tables"].split(","):
        if session.native(*session.place(named)) != "table":
            raise SqlError(f'relation "{named.strip()}" does not exist')


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_COMMANDS: tuple[tuple[re.Pattern[str], Command], ...] = (
    (
        _compiled(
            r'create external schema (?P<exists>if not exists )?"?(?P<name>[\w$]+)"? from data catalog database \'(?P<database>[^\']+)\''
            r" iam_role (?P<role>default|'[^']+')(?P<rest>.*)"
        ),
        _external_schema,
    ),
    (
        _compiled(
            r'create external schema (?P<exists>if not exists )?"?(?P<name>[\w$]+)"? from kinesis iam_role (?P<role>default|\'[^\']+\')'
        ),
        _external_streams,
    ),
    (_compiled(r"refresh materialized view (?P<view>[\w$\".]+)"), _refresh),
    (_compiled(r'create (?P<kind>role|group) "?(?P<name>[\w$:-]+)"?'), _create_principal),
    (_compiled(r'drop (?P<kind>role|group) "?(?P<name>[\w$:-]+)"?(?P<force> force)?'), _drop_principal),
    (_compiled(r"lock (?:table )?(?P<tables>[\w$\".]+(?: ?, ?[\w$\".]+)*)"), _lock),
    (_compiled(r'grant role "?(?P<role>[\w$:-]+)"? to (?P<grantees>.+)'), privileges.grant_role),
    (_compiled(r"(?P<verb>grant|revoke) (?P<what>.+?) on (?P<objects>.+) (?:to|from) (?P<grantees>[^']+)"), privileges.change),
)
