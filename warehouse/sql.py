"""Names and texts as Redshift wants them written."""


def name(identifier: str) -> str:
    """Return an identifier that is taken as it is, whatever words Redshift reserves."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a text literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def role(reader: str) -> str:
    """Return the database role of a role of the contracts."""
    return f"lake_{reader}"
