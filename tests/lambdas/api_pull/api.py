"""A paged HTTP API on this machine that serves the flights of 2013, and can be told how to misbehave."""

import csv
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cli.common import sample

SECRET = "open sesame"
FIELDS = ("time_hour", "carrier", "flight", "origin", "dest", "dep_delay")
Record = dict[str, Any]


@cache
def flights(most: int) -> list[Record]:
    """Return the first flights of 2013 as an API gives them, by hour."""
    with sample.months()[0].open(encoding="utf-8") as lines:
        rows = [row for row, _ in zip(csv.DictReader(lines), range(most), strict=False)]
    records: list[Record] = []
    for row in rows:
        record: Record = {name: None if row[name] == "NA" else row[name] for name in FIELDS}
        records.append({**record, **{name: int(row[name]) for name in ("flight", "dep_delay") if record[name] is not None}})
    return sorted(records, key=lambda record: record["time_hour"])


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What an answer is, in place of the page that was asked for.

    Attributes:
        cut: bytes that the body lacks at its end, though its length is told.
        told_less: bytes that are told less than the body has.
        pause: seconds before each piece of the body; in pieces of `piece` bytes.
        body: in place of the page.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    told_less: int = 0
    pause: float = 0
    piece: int = 1 << 20
    body: bytes | None = None


@dataclass
class Api:
    """The API.

    Attributes:
        records: in the order of their time.
        faults: of the next answers, one each; None for none.
        asked: path and parameters of each request.
        forgotten: cursors that are no longer known, until somebody begins again.
    """

    records: list[Record]
    port: int = 0
    size: int = 100
    faults: deque[Fault | None] = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fault(self) -> Fault | None:
        return self.faults.popleft() if self.faults else None

    def page(self, path: str, parameters: dict[str, str]) -> tuple[Any, dict[str, str]]:
        """Return body and headers of a page."""
        if "cursor" not in parameters:
            self.forgotten.clear()
        found = [record for record in self.records if record["time_hour"] >= parameters.get("since", "")]
        size = int(parameters.get("size", self.size))
        first = (int(parameters.get("page", 1)) - 1) * size if path != "/cursor" else int(parameters.get("cursor", 0))
        page, after = found[first : first + size], first + size
        more = after < len(found)
        if path == "/page":
            return page, {}
        following = {**parameters, "page": str(after // size + 1)}
        link = f"{self.url}/link?" + "&".join(f"{name}={value}" for name, value in following.items())
        if path == "/link":
            return page, {"Link": f'<{self.url}/link?page=1>; rel="first", <{link}>; rel="next"'} if more else {}
        return {"data": {"departures": page}, "next": str(after) if more else None}, {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: Api

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        parameters = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.api.asked.append(self.path)
        fault = self.api.fault()
        if fault is None and self.headers.get("Authorization") != f"Bearer {SECRET}":
            fault = Fault(status=401, body=b'{"error": "who are you?"}')
        if fault is None and parameters.get("cursor") in self.api.forgotten:
            fault = Fault(status=410, body=b'{"error": "no such cursor"}')
        page, headers = self.api.page(parts.path, parameters)
        self._answer(fault or Fault(), json.dumps(page, indent=1).encode(), headers)

    def _answer(self, fault: Fault, page: bytes, headers: dict[str, str]) -> None:
        body = page if fault.body is None else fault.body
        self.send_response(fault.status)
        for name, value in {**headers, **fault.headers, "Content-Length": str(len(body) - fault.told_less)}.items():
            self.send_header(name, value)
        self.end_headers()
        for start in range(0, len(body) - fault.cut, fault.piece):
            if fault.pause and self.api.closing.wait(fault.pause):
                break
            try:
                self.wfile.write(body[start : min(start + fault.piece, len(body) - fault.cut)])
            except OSError:  # whoever asked has gone
                break
        self.close_connection = bool(fault.cut or fault.told_less or fault.pause)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(records: list[Record]) -> Iterator[Api]:
    """Serve some records, on a port of this machine."""
    api = Api(list(records))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": api}))
    api.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        api.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
