"""Spark SQL written by code."""

from datetime import UTC, datetime


def name(identifier: str) -> str:
    """Return an identifier in backquotes."""
    return "`" + identifier.replace("`", "``") + "`"


def text(value: str) -> str:
    """Return a string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def timestamp(value: datetime) -> str:
    """Return a literal of a moment, for a session in UTC."""
    return f"timestamp'{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
