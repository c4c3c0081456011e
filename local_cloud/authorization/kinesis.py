"""Which stream a request to Kinesis is about; ministack does not know it of requests in CBOR, nor of GetRecords, which names it by an iterator."""

import json
from collections.abc import Callable
from typing import Any

import cbor2

from local_cloud.streams.shards import ExpiredError, InvalidPlaceError, Place


def name_the_stream(original: Callable[..., str]) -> Callable[..., str]:
    """Wrap ministack's naming of the resource that a request is about, for requests to Kinesis."""

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query_params: Any, region: str, account_id: str
    ) -> str:
        found = _stream(body, "cbor" in headers.get("content-type", "")) if service == "kinesis" else None
        if found:
            return found if found.startswith("arn:") else f"arn:aws:kinesis:{region}:{account_id}:stream/{found}"
        return original(service, method, path, headers, body, query_params, region, account_id)

    return extract_resource_arn


def _stream(body: bytes, is_cbor: bool) -> str | None:
    """Return the ARN of a stream or of a consumer, or the name of a stream; None of a request that is about none, or that Kinesis refuses itself."""
    try:
        fields: dict[str, Any] = cbor2.loads(body) if is_cbor else json.loads(body or b"{}")
        named = fields.get("ResourceARN") or fields.get("ConsumerARN") or fields.get("StreamARN") or fields.get("StreamName")
        return str(named) if named else Place.of(fields["ShardIterator"]).stream
    except (ValueError, AttributeError, KeyError, TypeError, cbor2.CBORDecodeError, InvalidPlaceError, ExpiredError):
        return None
