"""Names and texts as Redshift wants them written."""

from collections.abc import Sequence

LONGEST_COMMENT = 1000  # characters; a longer one helps nobody, and many fill the catalog


def name(identifier: str) -> str:
    """Return an identifier that is taken as it is, whatever words Redshift reserves."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a text literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def role(reader: str) -> str:
    """Return the database role of a role of the contracts."""
    return f"lake_{reader}"


def comment(description: str) -> str:
    """Return a text literal of a description; of one that is too long its beginning, which says that there is more."""
    if len(description) <= LONGEST_COMMENT:
        return text(description)
    more = f" ... (cut: the contract says it in {len(description)} characters)"
    return text(description[: LONGEST_COMMENT - len(more)] + more)


def granted(relation: str, readers: Sequence[str]) -> tuple[str, ...]:
    """Return what lets roles of the contracts read a relation: one statement, however many they are."""
    return (f"grant select on {relation} to {', '.join(f'role {role(reader)}' for reader in readers)}",) if readers else ()
