"""Events of queries that ended: https://docs.aws.amazon.com/athena/latest/ug/athena-events.html."""

import json
from collections.abc import Mapping
from typing import Any

from local_cloud.replace import borrow

_put_events = borrow("ministack.services.eventbridge", "_put_events", ("data", "allow_aws_source"), "tell that a query ended")


def announce(record: Mapping[str, Any]) -> None:
    """Send the event of a query that ended to the default bus."""
    detail = {
        "versionId": "0",
        "currentState": record["Status"]["State"],
        "previousState": "RUNNING",
        "statementType": record["StatementType"],
        "queryExecutionId": record["QueryExecutionId"],
        "workgroupName": record["WorkGroup"],
    }
    entry = {"Source": "aws.athena", "DetailType": "Athena Query State Change", "Detail": json.dumps(detail)}
    _put_events({"Entries": [entry]}, allow_aws_source=True)
