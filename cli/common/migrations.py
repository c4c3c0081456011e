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
        UnknownError: the function may not be asked, or is of an older version.
        UserError: the warehouse does not answer.
        MigrationFileError: a migration of this checkout could not be applied.
    """
    mine = read()
    if not lake.settings.warehouse.enabled or not _is_deployed(lake):
        return []
    try:
        deployed = ask(lake, "plan").get("migrations")
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
    except UserError as error:
        if "action is 'plan'" in str(error):
            raise UnknownError(OLDER) from error
        raise
    return contradictions(mine, [Record(**record) for record in told["records"]])


def _is_deployed(lake: Lake) -> bool:
    try:
        return bool(outputs.value(lake, outputs.WAREHOUSE, "MigrateFunctionName"))
    except UserError:
        return False
