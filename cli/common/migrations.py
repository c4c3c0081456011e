"""The migrations of this checkout beside those that the live warehouse says were applied, told before a deploy changes anything."""

from botocore.exceptions import ClientError

from cli.common import outputs
from cli.common.errors import UserError
from cli.common.session import Lake
from cli.common.warehouse import ask
from warehouse.apply import Record, contradictions
from warehouse.migrations import read

NOT_ALLOWED = ("AccessDenied", "AccessDeniedException")
OLDER = "the warehouse was deployed by a version that does not tell its checksums; a changed migration would fail the deploy once it comes to it"


class UnknownError(Exception):
    """Nobody could say what the warehouse was brought to; the text says why."""


def changed(lake: Lake) -> list[str]:
    """Return what is wrong with migrations of this checkout, given what was applied: changed files, and new ones before applied ones.

    The warehouse is asked only where migrations differ from those that were deployed last: a question wakes it, and costs a minute of its capacity. The
    difference is told by its function, which has the plan that was deployed.

    Raises:
        UnknownError: the function may not be asked, is of an older version, or cannot say what it has: the deploy may be what mends it.
        UserError: the warehouse does not answer.
        MigrationFileError: a migration of this checkout could not be applied.
    """
    mine = read()
    if not lake.settings.warehouse.enabled or not _is_deployed(lake):
        return []
    try:
        deployed = _planned(lake)
        if deployed == {migration.name: migration.checksum for migration in mine}:
            return []
        told = ask(lake, "status")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            return []  # its stack failed before it had a function
        if code in NOT_ALLOWED:
            raise UnknownError(
                f"the warehouse was not asked whether a migration was changed: {error.response['Error']['Message']}"
            ) from error
        raise
    return contradictions(mine, [Record(**record) for record in told["records"]])


def _planned(lake: Lake) -> object:
    """Return the checksums of the migrations that were deployed last; it asks the function alone, and no warehouse.

    Raises:
        UnknownError: the function failed.
    """
    try:
        return ask(lake, "plan").get("migrations")
    except UserError as error:
        why = OLDER if "action is 'plan'" in str(error) else f"nobody could say whether a migration was changed: {error}"
        raise UnknownError(why) from error


def _is_deployed(lake: Lake) -> bool:
    try:
        return bool(outputs.value(lake, outputs.WAREHOUSE, "MigrateFunctionName"))
    except UserError:
        return False
