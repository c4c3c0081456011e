"""GetRecords names its stream by the iterator alone; ministack then asks for any stream."""

import json
from collections.abc import Callable
from typing import Any

from local_cloud.streams.shards import ExpiredError, InvalidPlaceError, Place


def name_the_stream(original: Callable[..., str]) -> Callable[..., str]:
    """Wrap ministack's naming of the resource that a request is about, for requests with an iterator."""

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query_params: Any, region: str, account_id: str
    ) -> str:
        stream = _stream(body) if service == "kinesis" and headers.get("x-amz-target", "").endswith(".GetRecords") else None
        if stream:
            return f"arn:aws:kinesis:{region}:{account_id}:stream/{stream}"
        return original(service, method, path, headers, body, query_params, region, account_id)

    return extract_resource_arn


def _stream(body: bytes) -> str | None:
    try:
        return Place.of(json.loads(body or b"{}").get("ShardIterator", "")).stream
    except (ValueError, AttributeError, InvalidPlaceError, ExpiredError):
        return None  # Kinesis refuses the request itself
