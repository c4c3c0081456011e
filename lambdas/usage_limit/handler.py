"""A usage limit of a workgroup, which CloudFormation has no type for (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/595).

Properties: WorkgroupArn, RpuHours, Period (daily, weekly, monthly), BreachAction (log, emit-metric, deactivate).
"""

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from lambdas.common.custom_resource import answer

COMPUTE = "serverless-compute"


def handle(event: Mapping[str, Any], context: Any) -> None:
    """Make, change or delete the limit, and tell CloudFormation."""
    answer(event, lambda: _act(event, boto3.client("redshift-serverless")))


def _act(event: Mapping[str, Any], client: Any) -> str:
    """Return the id of the limit.

    A limit of another period or workgroup is another one: CloudFormation deletes the old one once the new one's id is told.
    """
    if event["RequestType"] == "Delete":
        return _delete(str(event["PhysicalResourceId"]), client)
    wanted = event["ResourceProperties"]
    changed = {"amount": int(wanted["RpuHours"]), "breachAction": wanted["BreachAction"]}
    if found := _existing(wanted, client):
        client.update_usage_limit(usageLimitId=found, **changed)
        return found
    made = client.create_usage_limit(resourceArn=wanted["WorkgroupArn"], usageType=COMPUTE, period=wanted["Period"], **changed)
    return str(made["usageLimit"]["usageLimitId"])


def _existing(wanted: Mapping[str, Any], client: Any) -> str | None:
    """Return the limit of this workgroup and period; a create that was repeated, or somebody by hand, may have made it."""
    arguments = {"resourceArn": wanted["WorkgroupArn"], "usageType": COMPUTE}
    while True:
        page = client.list_usage_limits(**arguments)
        for limit in page.get("usageLimits", []):
            if limit["period"] == wanted["Period"]:
                return str(limit["usageLimitId"])
        if not page.get("nextToken"):
            return None
        arguments["nextToken"] = page["nextToken"]


def _delete(limit: str, client: Any) -> str:
    """Deleting never fails for a limit that is gone, as with its workgroup, or was never made."""
    try:
        client.delete_usage_limit(usageLimitId=limit)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("ResourceNotFoundException", "ValidationException"):
            raise
    return limit
