"""Put our deliveries in the place of ministack's, which makes one object and one call of the function per record."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.environment import delivery_speed, home
from local_cloud.firehose.definition import Delivery, unsupported
from local_cloud.firehose.source import Source
from local_cloud.firehose.spool import Spool
from local_cloud.firehose.worker import Worker
from local_cloud.replace import borrow, replace, wrap
from local_cloud.starting import after_start
from local_cloud.stopping import before_stop
from local_cloud.streams.api import RecordActions
from local_cloud.streams.replacements import MODULE as KINESIS

MODULE = "ministack.services.firehose"
ABSENT = {
    "_put_record": "PutRecord of Firehose",
    "_put_record_batch": "PutRecordBatch of Firehose",
    "_update_destination": "UpdateDestination",
    "_start_delivery_stream_encryption": "StartDeliveryStreamEncryption",
}
"""ministack's function for an action that is refused -> what it is."""
SECONDS_TO_STOP = 5.0


def install(actions: RecordActions) -> None:
    """Deliver our way; `actions` reads Kinesis streams."""
    deliveries = borrow(MODULE, "_streams", AccountRegionScopedDict, "know the deliveries")
    streams = borrow(KINESIS, "_streams", AccountRegionScopedDict, "know the streams")
    workers = Workers(home() / "firehose", actions, deliveries, streams)
    replace(MODULE, "ingest_from_kinesis_source", _nothing, "read streams where they are")
    wrap(MODULE, "_create_delivery_stream", _checked(workers), "refuse deliveries that would not be in effect")
    for name, what in ABSENT.items():
        wrap(MODULE, name, _refusing(what), f"refuse {what}")
    handlers = borrow(MODULE, "_HANDLERS", dict, "answer with what was put in place")
    module = import_module(MODULE)
    handlers.update({action: getattr(module, function.__name__) for action, function in handlers.items()})
    after_start(workers.start_all)
    before_stop(workers.stop_all)


@dataclass
class Workers:
    """The deliveries at work, each in a thread of its own."""

    folder: Path
    actions: RecordActions
    deliveries: Any
    streams: Any
    _threads: dict[str, tuple[Worker, threading.Thread]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start_all(self) -> None:
        """Let every delivery work that there is."""
        for name in list(self.deliveries):
            self.start(name)

    def start(self, name: str) -> None:
        """Let a delivery work."""
        made = self.deliveries[name]["created_at"]

        def current() -> Delivery | None:
            found = self.deliveries.get(name)
            return Delivery.of(found) if found is not None and found["created_at"] == made else None

        spool = Spool(self.folder / f"{name}-{int(made)}")
        worker = Worker(current, Source(self.actions, self.streams.get), spool, delivery_speed())
        thread = threading.Thread(target=worker.run, name=f"delivery-{name}", daemon=True)
        with self._lock:
            self._threads[name] = worker, thread
        thread.start()

    def stop_all(self) -> None:
        """End all work; what is buffered stays on disk."""
        with self._lock:
            working = list(self._threads.values())
        for worker, _ in working:
            worker.stop()
        for _, thread in working:
            thread.join(SECONDS_TO_STOP)


def _nothing(stream_arn: str, records: Any) -> None:
    """Stand in for ministack's way from a stream to a delivery, which is one object per record."""


def _checked(workers: Workers) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def _create_delivery_stream(data: dict[str, Any]) -> Any:
            problems = unsupported(data)
            if problems:
                return _refused("InvalidArgumentException", f"not in the local cloud: {'; '.join(problems)}", 400)
            answer = original(data)
            if answer[0] == 200:
                workers.start(data["DeliveryStreamName"])
            return answer

        return _create_delivery_stream

    return around


def _refusing(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(_: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(data: dict[str, Any]) -> Any:
            return _refused("NotInLocalCloud", f"{what} is not in the local cloud", 501)

        return refuse

    return around


def _refused(code: str, message: str, status: int) -> Any:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps({"__type": code, "message": message}).encode()
