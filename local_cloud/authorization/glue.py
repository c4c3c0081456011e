"""Glue authorises an action on a table by table, database and catalog, and one on a database by database and catalog.

ministack asks for one resource, and for actions on a database a wrong one. Source of the rule: "Specifying AWS Glue resource ARNs" in the
Glue developer guide.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from local_cloud.authorization.check import Check

ATTACH = ("glue:CreateTableOptimizer", "glue:UpdateTableOptimizer")
KINDS_BY_NAME_FIELD = {"JobName": "job", "CrawlerName": "crawler", "TriggerName": "trigger", "WorkflowName": "workflow"}
KINDS_BY_ACTION = {"Job": "job", "Crawler": "crawler", "Trigger": "trigger", "Workflow": "workflow"}


def name_the_resource(original: Callable[..., str]) -> Callable[..., str]:
    """Wrap ministack's naming of the resource that a request is about, for requests to Glue."""

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query_params: Any, region: str, account_id: str
    ) -> str:
        if service != "glue":
            return original(service, method, path, headers, body, query_params, region, account_id)
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        return f"arn:aws:glue:{region}:{account_id}:{resource_of(action, _fields(body))}"

    return extract_resource_arn


def further_checks(service: str, action: str, resource_arn: str) -> Iterator[Check]:
    """Yield what AWS checks besides the resource itself: the containers of a table or of a database."""
    if service != "glue":
        return
    head, _, resource = resource_arn.rpartition(":")
    kind, _, name = resource.partition("/")
    if kind == "table":
        yield Check(service, action, f"{head}:database/{name.partition('/')[0]}")
    if kind in ("table", "database"):
        yield Check(service, action, f"{head}:catalog")
    if action in ATTACH:
        # https://docs.aws.amazon.com/glue/latest/dg/enable-compaction.html
        yield Check(service, "glue:UpdateTable", resource_arn)


def passed_role(action: str, body: bytes) -> str | None:
    """Return the ARN of the role that a request hands to Glue; None where it hands none."""
    role = _fields(body).get("TableOptimizerConfiguration", {}).get("roleArn") if action in ATTACH else None
    return str(role) if role else None


def resource_of(action: str, fields: dict[str, Any]) -> str:
    """Return the last part of the ARN of what a Glue request is about, such as `table/lake_raw/flights`."""
    if action.endswith(("Database", "Databases")):
        name = fields.get("Name") or fields.get("DatabaseInput", {}).get("Name")
        return f"database/{name}" if name else "catalog"
    if database := fields.get("DatabaseName"):
        return _table(action, database, fields)
    for field, kind in KINDS_BY_NAME_FIELD.items():
        if name := fields.get(field):
            return f"{kind}/{name}"
    kinds = [kind for part, kind in KINDS_BY_ACTION.items() if part in action]
    return f"{kinds[0]}/{fields['Name']}" if kinds and fields.get("Name") else "catalog"


def _table(action: str, database: str, fields: dict[str, Any]) -> str:
    table = fields.get("TableName") or fields.get("TableInput", {}).get("Name")
    if not table and "Table" in action:
        table = fields.get("Name", "*")  # GetTables may return any table of the database
    return f"table/{database}/{table}" if table else f"database/{database}"


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        return {}  # ministack refuses the request itself
    return fields if isinstance(fields, dict) else {}
