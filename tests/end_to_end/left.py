"""All that a local cloud holds, read from the state that it writes when it stops: what no verb and no service was asked for shows too."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SHARED = ("cdk-hnb659fds", "cdk-bootstrap/hnb659fds", "CDKToolkit")  # of CDK's bootstrap
RECORDS = {  # what services remember of what is gone, by the collection; None is all of a service
    ("athena", None): "queries that were asked",
    ("cloudformation", None): "stacks that were, and their events",
    ("cloudwatch", None): "metrics that were sent",
    ("cloudwatch_logs", "log_records"): "lines that were shown",
    ("dynamodb", "pitr_settings"): "how a table that is gone was backed up",
    ("dynamodb", "tags"): "what a table that is gone was tagged with",
    ("iam", "aws_managed_attachment_counts"): "how many roles have a policy of AWS",
    ("redshift_serverless", "used"): "what a workgroup that is gone has used",
    ("stepfunctions", "executions"): "executions of machines that are gone",
}


def held(home: Path) -> set[tuple[str, str, str]]:
    """Return the service, the collection and the name of all that a stopped local cloud holds, but for records and CDK's bootstrap."""
    return {
        (path.stem, collection, key.rpartition("\0")[2].strip("'"))
        for path in (home / "state").glob("*.json")
        for collection, content in payload(path).items()
        if not {(path.stem, None), (path.stem, collection)} & RECORDS.keys()
        for key in keys(content)
        if not key.endswith("\0'default'")  # the bus and the group of schedules that every account has
        and not any(word in key for word in SHARED)
    }


def payload(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")).get("payload", {})
    return found


def keys(content: Any) -> Iterator[str]:
    """Yield the keys of a collection; one of each account, or of each account and region, has a mark and its data beside each other."""
    if isinstance(content, dict) and any(name.endswith("scoped__") for name in content):
        content = content["data"]
    if isinstance(content, dict):
        for key, value in content.items():
            yield key if not isinstance(value, str) else f"{key}={value}"
