"""Times that people type."""

from datetime import UTC, datetime

from cli.common.errors import UserError


def moment(text: str) -> datetime:
    """Return a time, in UTC where it names no zone.

    Raises:
        UserError: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{text!r} is no time; write it as 2026-11-21, 2026-11-21T16:00 or 2026-11-21T16:00+01:00") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
