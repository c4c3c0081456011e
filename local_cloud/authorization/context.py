"""Condition keys of requests that ministack does not know: which items of a table, which events on a bus.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import cbor2
from ministack.core.responses import AccountRegionScopedDict

from local_cloud.authorization.glue import passed_role
from local_cloud.replace import borrow

_tables = borrow("ministack.services.dynamodb", "_tables", AccountRegionScopedDict, "know the keys and the encryption of tables")
_EQUALITY = re.compile(r"(?P<name>#?\w+)\s*=\s*(?P<value>:\w+)")
ENTRY_KEYS = {"events:source": "Source", "events:detail-type": "DetailType"}

PASSED_ROLE = "local-cloud:passed-role"
"""No condition key of AWS: it carries the ARN of a role that a request hands to a service to where that is checked."""

Fields = dict[str, Any]


def with_more_keys(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Wrap the function that gives the condition keys of any request."""

    def request_tag_context(service: str, iam_action: str, body: bytes, params: Any) -> dict[str, Any]:
        return original(service, iam_action, body, params) | _more_keys(service, iam_action, body)

    return request_tag_context


def _more_keys(service: str, action: str, body: bytes) -> dict[str, Any]:
    role = passed_role(action, body)
    if role:
        return {PASSED_ROLE: role}
    if service == "dynamodb":
        leading = sorted({str(value) for value in _leading_keys(_fields(body)) if value is not None})
        return {"dynamodb:LeadingKeys": leading} if leading else {}
    if action == "events:PutEvents":
        entries = _fields(body).get("Entries", [])
        return {key: [entry[member] for entry in entries if member in entry] for key, member in ENTRY_KEYS.items()}
    if action == "cloudwatch:PutMetricData":
        namespace = _namespace(body)
        return {"cloudwatch:namespace": namespace} if namespace else {}
    return {}


def _namespace(body: bytes) -> str:
    """Return the namespace of metrics that are sent in any of the three encodings that CloudWatch takes."""
    if body[:1] == b"{":
        return str(_fields(body).get("Namespace", ""))
    if body.startswith((b"Action=", b"Namespace=")):
        return parse_qs(body.decode()).get("Namespace", [""])[0]
    return str(cbor2.loads(body).get("Namespace", ""))


def _leading_keys(fields: Fields) -> Iterator[Any]:
    """Yield the partition key's values in a request: of one item, of a query, of a batch."""
    if isinstance(fields.get("RequestItems"), dict):
        for table, requests in fields["RequestItems"].items():
            for item in _batched(requests):
                yield _value(item, _partition_key(table))
        return
    name = _partition_key(fields.get("TableName", ""))
    for member in ("Key", "Item"):
        yield _value(fields.get(member, {}), name)
    names, values = fields.get("ExpressionAttributeNames", {}), fields.get("ExpressionAttributeValues", {})
    for found in _EQUALITY.finditer(fields.get("KeyConditionExpression", "")):
        if names.get(found["name"], found["name"]) == name:
            yield _scalar(values.get(found["value"], {}))


def _batched(requests: Any) -> list[Fields]:
    """Return the keys of a batch read, or the items and keys of a batch write."""
    if isinstance(requests, dict):
        keys: list[Fields] = requests.get("Keys", [])
        return keys
    written: list[Fields] = [next(iter(request.values()), {}) for request in requests]
    return [request.get("Item") or request.get("Key") or {} for request in written]


def _partition_key(table: str) -> str:
    found = _tables.get(table.rpartition("/")[2]) or {}
    return str(found.get("pk_name", ""))


def _value(item: Fields, name: str) -> Any:
    return _scalar(item.get(name, {}))


def _scalar(value: Fields) -> Any:
    return next(iter(value.values()), None)


def _fields(body: bytes) -> Fields:
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        return {}  # ministack refuses the request itself
    return fields if isinstance(fields, dict) else {}
