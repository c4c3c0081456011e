"""Who may do what in a database: kept and shown by Redshift's views, and not asked when a statement runs."""

import re
from dataclasses import dataclass

from local_cloud.redshift.failure import NotTranslatedError, SqlError
from local_cloud.redshift.session import Session
from local_cloud.redshift.system import SCHEMA

OF = {
    "relation": frozenset({"select", "insert", "update", "delete", "references", "drop", "truncate", "alter"}),
    "schema": frozenset({"usage", "create"}),
}


@dataclass(frozen=True)
class Objects:
    """What privileges are on.

    Attributes:
        kind: relation or schema.
        named: schema and name of each; of a schema the name alone.
    """

    kind: str
    named: tuple[tuple[str, str | None], ...]


def exists(session: Session, kind: str, name: str) -> bool:
    """Tell whether there is a group or role."""
    return bool(session.rows(f"SELECT 1 FROM {SCHEMA}.principals WHERE kind = ? AND name = ?", (kind, name)))


def must_exist(session: Session, kind: str, name: str) -> None:
    """Raise an SqlError where there is no such group or role; a user comes to be with its first statement."""
    if kind != "user" and not exists(session, kind, name):
        raise SqlError(f'{kind} "{name}" does not exist')


def grant_role(session: Session, found: re.Match[str]) -> None:
    """GRANT ROLE."""
    role = found["role"].lower()
    must_exist(session, "role", role)
    for kind, name in _grantees(session, found["grantees"], found.string):
        session.run(f"INSERT INTO {SCHEMA}.members VALUES ('role', ?, ?, ?)", (role, kind, name))


def change(session: Session, found: re.Match[str]) -> None:
    """GRANT and REVOKE of privileges on relations and schemas."""
    objects = _objects(session, found["objects"], found.string)
    wanted = {part.strip().lower() for part in found["what"].split(",")}
    if wanted & {"all", "all privileges"}:
        wanted = set(OF[objects.kind])
    if unknown := sorted(wanted - OF[objects.kind]):
        raise NotTranslatedError(f"GRANT of {', '.join(unknown)} on a {objects.kind}", found.string)
    for kind, name in _grantees(session, found["grantees"], found.string):
        for schema, relation in objects.named:
            for privilege in sorted(wanted):
                place = (privilege, objects.kind, schema, relation, kind, name)
                session.run(
                    f"DELETE FROM {SCHEMA}.privileges WHERE privilege = ? AND kind = ? AND schema_name = ?"
                    " AND object_name IS NOT DISTINCT FROM ? AND grantee_kind = ? AND grantee = ?",
                    place,
                )
                if found["verb"].lower() == "grant":
                    session.run(f"INSERT INTO {SCHEMA}.privileges VALUES (?, ?, ?, ?, ?, ?)", place)


def _objects(session: Session, text: str, sql: str) -> Objects:
    words = re.fullmatch(r"(?P<all>all tables in )?(?:(?P<schema>schema) |table )?(?P<names>[\w$\"., ]+)", text.strip(), re.IGNORECASE)
    if words is None or re.match(r"(?:database|function|procedure|language|model|external)\s", text, re.IGNORECASE):
        raise NotTranslatedError(f"GRANT on {text}", sql)
    names = [name.strip().replace('"', "").lower() for name in words["names"].split(",")]
    if words["schema"]:
        for name in names:
            if not session.has_schema(name):
                raise SqlError(f'schema "{name}" does not exist')
        if not words["all"]:
            return Objects("schema", tuple((name, None) for name in names))
        return Objects("relation", tuple(found for name in names for found in _relations(session, name)))
    places = tuple(session.place(name) for name in names)
    for schema, name in places:
        _must_be_there(session, schema, name)
    return Objects("relation", places)


def _must_be_there(session: Session, schema: str, name: str) -> None:
    if schema in session.external_schemas():
        raise SqlError(f"privileges on external tables are granted on their schema: {schema}.{name}")
    if session.native(schema, name) is None and session.late_view(schema, name) is None:
        raise SqlError(f'relation "{schema}.{name}" does not exist')


def _relations(session: Session, schema: str) -> list[tuple[str, str]]:
    query = f"SELECT table_schema, table_name FROM {SCHEMA}.svv_tables WHERE table_schema = ?"
    return [(found[0], found[1]) for found in session.rows(query, (schema,))]


def _grantees(session: Session, text: str, sql: str) -> list[tuple[str, str]]:
    found = []
    for grantee in text.split(","):
        words = re.fullmatch(r'(?:(?P<kind>role|group) )?"?(?P<name>[\w$:@./=+-]+)"?', grantee.strip(), re.IGNORECASE)
        if words is None:
            raise NotTranslatedError(f"GRANT to {grantee.strip()}", sql)
        name = words["name"].lower()
        kind = (words["kind"] or ("public" if name == "public" else "user")).lower()
        if kind != "public":
            must_exist(session, kind, name)
        found.append((kind, name))
    return found
