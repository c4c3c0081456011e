"""Physical names, as the stacks' outputs say them."""

from botocore.exceptions import ClientError

from cli.common.errors import UserError
from cli.common.session import Lake

STORAGE = "storage"
CATALOG = "catalog"
INGESTION = "ingestion"
ORCHESTRATION = "orchestration"
API_PULL = "api-pull"
WAREHOUSE = "warehouse"
MONITORING = "monitoring"


def value(lake: Lake, stack: str, name: str) -> str:
    """Return an output of a deployed stack.

    Args:
        stack: its name without the lake's, as `storage`.
        name: the output's, as `RawBucket`.

    Raises:
        UserError: the stack is not deployed, or was deployed before it had that output.
    """
    full_name = f"{lake.settings.name}-{stack}"
    deploy = f"run ./lake deploy --env {lake.environment}"
    try:
        described = lake.cloudformation.describe_stacks(StackName=full_name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise UserError(f"not deployed: no stack {full_name} in account {lake.settings.account}: {deploy}") from error
    found = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    if name not in found:
        raise UserError(f"stack {full_name} has no output {name} (it is {described['StackStatus']}): {deploy}")
    return found[name]
