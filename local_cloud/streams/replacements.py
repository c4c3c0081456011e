"""Put our way of writing and reading records in the place of ministack's, which keeps them in memory."""

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.answers import refusal
from local_cloud.environment import home
from local_cloud.replace import borrow, replace, wrap
from local_cloud.streams.api import RecordActions
from local_cloud.streams.shards import Shards
from local_cloud.streams.subscriptions import Subscriptions

MODULE = "ministack.services.kinesis"
ABSENT = {
    "_merge_shards": "MergeShards",
    "_split_shard": "SplitShard",
    "_update_shard_count": "UpdateShardCount",
    "_put_resource_policy": "PutResourcePolicy of a stream",
}
"""ministack's function for an action that is refused -> what it is."""


def install() -> RecordActions:
    """Write and read records our way, and return what does it."""
    shards = Shards(home() / "streams")
    actions = RecordActions(
        shards,
        borrow(MODULE, "_resolve_stream", ("data",), "find a stream"),
        borrow(MODULE, "_route_to_shard", ("hash_key_int", "stream"), "know the shard of a record"),
        borrow(MODULE, "_partition_key_to_hash", ("partition_key",), "know the shard of a record"),
    )
    replace(MODULE, "_put_record", _taking(actions.put_one), "write a record")
    replace(MODULE, "_put_records", _taking(actions.put), "write records")
    replace(MODULE, "_get_shard_iterator", _taking(actions.iterator), "name a place in a shard")
    replace(MODULE, "_get_records", _taking(actions.get), "read records")
    replace(MODULE, "_subscribe_to_shard", _pushing(Subscriptions(actions)), "push records to consumers")
    streams = borrow(MODULE, "_streams", AccountRegionScopedDict, "know the streams")
    wrap(MODULE, "_delete_stream", _forgetting(shards, streams), "delete the records of a stream")
    for name, what in ABSENT.items():
        wrap(MODULE, name, _refusing(what), f"refuse {what}")
    return actions


def _taking(action: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def take(data: dict[str, Any]) -> Any:
        return action(data)

    return take


def _pushing(subscriptions: Subscriptions) -> Callable[..., Any]:
    def _subscribe_to_shard(data: dict[str, Any], is_cbor: bool) -> Any:
        if is_cbor:
            return refusal("NotInLocalCloud", "SubscribeToShard in CBOR is not in the local cloud; it has JSON")
        return subscriptions.subscribe(data)

    return _subscribe_to_shard


def _forgetting(shards: Shards, streams: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def _delete_stream(data: dict[str, Any]) -> Any:
            stream = streams.get(data.get("StreamName") or data.get("StreamARN", "").rpartition("/")[2])
            answer = original(data)
            if stream is not None:
                shards.forget(stream)
            return answer

        return _delete_stream

    return around


def _refusing(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(_: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(data: dict[str, Any]) -> Any:
            body = json.dumps({"__type": "NotInLocalCloud", "message": f"{what} is not in the local cloud"}).encode()
            return 501, {"Content-Type": "application/x-amz-json-1.1"}, body

        return refuse

    return around
