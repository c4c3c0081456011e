"""Where CloudFormation waits for an answer: a real server on this machine."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest


@dataclass
class Answered:
    """What was answered, and where to."""

    url: str
    answers: list[dict[str, Any]] = field(default_factory=list)

    def request(self, kind: str, **more: Any) -> dict[str, Any]:
        """Return a request as CloudFormation sends it."""
        known = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Plan", "ResponseURL": self.url}
        return {"RequestType": kind, **known, **({} if kind == "Create" else {"PhysicalResourceId": "made"}), **more}


@pytest.fixture
def answered() -> Iterator[Answered]:
    found: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            found.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Answered(f"http://127.0.0.1:{server.server_port}/answer", found)
        server.shutdown()
