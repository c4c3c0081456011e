"""What the function that keeps the warehouse says of it."""

import json
from typing import Any

from cli.common import outputs, redshift
from cli.common.errors import UserError
from cli.common.ledger import Item
from cli.common.session import Lake

WANTED = {
    "pending": "is not applied",
    "in part": "is applied in part",
    "changed": "was changed after it was applied",
    "unknown": "is applied, and not in the plan that was deployed",
}


def ask(lake: Lake, action: str) -> dict[str, Any]:
    """Return what the function that keeps the warehouse says.

    Raises:
        UserError: there is no warehouse, it is not deployed, or the function failed; with what it says.
    """
    redshift.check_enabled(lake)
    function = outputs.value(lake, outputs.WAREHOUSE, "MigrateFunctionName")
    answer = lake.functions.invoke(FunctionName=function, Payload=json.dumps({"action": action}).encode())
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise UserError(f"the warehouse: {told.get('errorMessage', told)}")
    return told


def copy(name: str, load: dict[str, Any] | None, publication: Item) -> list[Any]:
    """Return a row on the warehouse's copy of a product."""
    announced = publication.get("announced")
    if load is None:
        return [name, "not loaded", None, None, announced, None]
    state = "up to date" if load["snapshot"] == announced else "behind"
    return [name, state, load["row_count"], load["snapshot"], announced, load["loaded_at"]]
