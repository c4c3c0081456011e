"""Who writes a log stream is asked about that stream; ministack asks about its group, to which policies of AWS that end in `:*` do not apply.

"Actions, resources, and condition keys for Amazon CloudWatch Logs" in the service authorization reference.
"""

import json
from collections.abc import Callable
from typing import Any

ON_A_STREAM = ("CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents")


def name_the_stream(original: Callable[..., str]) -> Callable[..., str]:
    """Wrap ministack's naming of the resource that a request is about, for requests about a log stream."""

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query_params: Any, region: str, account_id: str
    ) -> str:
        arn = original(service, method, path, headers, body, query_params, region, account_id)
        if service != "logs" or headers.get("x-amz-target", "").rpartition(".")[2] not in ON_A_STREAM:
            return arn
        try:
            fields = json.loads(body)
            return f"arn:aws:logs:{region}:{account_id}:log-group:{fields['logGroupName']}:log-stream:{fields['logStreamName']}"
        except (ValueError, KeyError, TypeError):
            return arn  # CloudWatch Logs refuses the request itself

    return extract_resource_arn
