"""SubscribeToShard: records of a shard are pushed to a registered consumer as they come (enhanced fan-out).

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
"""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from local_cloud.answers import Answer, refusal
from local_cloud.cloudwatch.metrics import record
from local_cloud.replace import borrow
from local_cloud.streams.api import Fields, InvalidError, RecordActions
from local_cloud.streams.shards import MOST_RECORDS, InvalidPlaceError, sequence_number

MODULE = "ministack.services.kinesis"
SECONDS = 300.0
"""That a subscription lasts: "up to 5 minutes"."""
TAKE_OVER_SECONDS = 5.0
"""After which a second subscription ends the first; before, it is refused."""
IDLE_SECONDS = 5.0
"""Between two events where nothing comes."""
TICK = 0.05
LARGEST_EVENT = 2 * 1024 * 1024
"""Bytes of data: 2 MB a second and shard is what a consumer is promised."""

_message = borrow(MODULE, "_eventstream_message", ("headers", "payload"), "push records")
_consumer = borrow(MODULE, "_consumer_from_arn", ("consumer_arn",), "know the consumers")
_stream = borrow(MODULE, "_resolve_stream_by_arn", ("stream_arn",), "know the stream of a consumer")
_Streaming = borrow("ministack.core.responses", "StreamingResponse", type, "answer as long as a subscription lasts")
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass
class Subscriptions:
    """The open subscriptions, one for each consumer and shard.

    Attributes:
        actions: reads the shards.
    """

    actions: RecordActions
    _open: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)

    def subscribe(self, data: Fields) -> Any:
        """Answer SubscribeToShard."""
        arn, shard, starting = data.get("ConsumerARN", ""), data.get("ShardId", ""), data.get("StartingPosition") or {}
        consumer = _consumer(arn)
        stream = _stream(consumer["StreamARN"]) if consumer else None
        if stream is None:
            return refusal("ResourceNotFoundException", f"Consumer {arn} not found.")
        if shard not in stream["shards"]:
            return refusal("ResourceNotFoundException", f"Shard {shard} in stream {stream['StreamName']} not found.")
        problem = self._taken(arn, shard)
        if problem is not None:
            return problem
        try:
            at = self.actions.position(stream, shard, starting.get("Type"), starting.get("SequenceNumber", ""), starting.get("Timestamp"))
        except (InvalidError, InvalidPlaceError) as error:
            return refusal("InvalidArgumentException", str(error))
        known = str(uuid.uuid4())
        self._open[arn, shard] = known, time.monotonic()

        async def push(send: Send, receive: Receive) -> None:
            await Push(self, consumer, shard, known, at).run(send, receive)

        return 200, {"Content-Type": "application/vnd.amazon.eventstream"}, _Streaming(push)

    def _taken(self, arn: str, shard: str) -> Answer | None:
        """Return a refusal where another subscription has just begun."""
        _, began = self._open.get((arn, shard), ("", -TAKE_OVER_SECONDS))
        if time.monotonic() - began >= TAKE_OVER_SECONDS:
            return None
        return refusal("ResourceInUseException", f"Another active subscription exists for consumer {arn} and shard {shard}.")

    def is_open(self, arn: str, shard: str, known: str) -> bool:
        """Tell whether no other subscription has taken over."""
        return self._open.get((arn, shard), ("", 0.0))[0] == known

    def close(self, arn: str, shard: str, known: str) -> None:
        """Forget a subscription that is over."""
        if self.is_open(arn, shard, known):
            del self._open[arn, shard]


@dataclass
class Push:
    """One subscription at work.

    Attributes:
        known: what tells it from one that takes over.
        at: place in the shard of the next record.
    """

    subscriptions: Subscriptions
    consumer: Fields
    shard: str
    known: str
    at: int

    async def run(self, send: Send, receive: Receive) -> None:
        """Push what comes until the subscription is over, taken over, or nobody listens any more."""
        arn, gone, ends = self.consumer["ConsumerARN"], asyncio.create_task(_gone(receive)), time.monotonic() + SECONDS
        sent = 0.0
        try:
            await _send(send, "event", "initial-response", {})
            while not gone.done() and time.monotonic() < ends:
                problem = self._problem()
                if problem:
                    await _send(send, "exception", *problem)
                    return
                event = self._event()
                if event["Records"] or time.monotonic() - sent >= IDLE_SECONDS:
                    await _send(send, "event", "SubscribeToShardEvent", event)
                    sent = time.monotonic()
                await asyncio.wait({gone}, timeout=0 if event["Records"] else TICK)
        finally:
            self.subscriptions.close(arn, self.shard, self.known)
            gone.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _problem(self) -> tuple[str, Fields] | None:
        """Return why there is nothing more to come: kind and content of an exception."""
        arn = self.consumer["ConsumerARN"]
        if not self.subscriptions.is_open(arn, self.shard, self.known):
            return "ResourceInUseException", {"message": f"Another subscription of {arn} has taken over {self.shard}."}
        if _consumer(arn) is None or _stream(self.consumer["StreamARN"]) is None:
            return "ResourceNotFoundException", {"message": f"Consumer {arn} or its stream is no more."}
        return None

    def _event(self) -> Fields:
        """Return the next event, and move on."""
        actions, stream = self.subscriptions.actions, _stream(self.consumer["StreamARN"])
        log = actions.shards.log(stream, self.shard)
        found = list(log.read(self.at, LARGEST_EVENT, MOST_RECORDS))
        last, self.at = (found[-1].at, found[-1].end) if found else (self.at, self.at)
        oldest = actions.oldest(stream)
        waiting = next(log.read(self.at, 1, 1), None)
        behind = max(0, int(time.time() * 1000) - waiting.arrived) if waiting else 0
        records = [actions.shown(stream, self.shard, one) for one in found if one.arrived >= oldest]
        if records:
            dimensions = {"StreamName": stream["StreamName"], "ConsumerName": self.consumer["ConsumerName"]}
            record("AWS/Kinesis", "SubscribeToShardEvent.Records", dimensions, len(records))
            record("AWS/Kinesis", "SubscribeToShardEvent.MillisBehindLatest", dimensions, behind)
        return {"Records": records, "ContinuationSequenceNumber": sequence_number(self.shard, last), "MillisBehindLatest": behind}


async def _send(send: Send, kind: str, name: str, content: Fields) -> None:
    headers = {":message-type": kind, f":{kind}-type": name, ":content-type": "application/x-amz-json-1.1"}
    await send({"type": "http.response.body", "body": _message(headers, json.dumps(content).encode()), "more_body": True})


async def _gone(receive: Receive) -> None:
    """Return when nobody listens any more."""
    while (await receive()).get("type") != "http.disconnect":
        continue
