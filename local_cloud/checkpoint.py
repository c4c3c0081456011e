"""State that survives even a killed process: written while the local cloud works, not only when it stops."""

import asyncio
import logging
import sys
import time
from datetime import datetime
from pathlib import Path

from local_cloud.gate import Application, Message, Receive, Scope, Send
from local_cloud.replace import borrow
from local_cloud.services import SERVICES
from local_cloud.starting import start_all
from local_cloud.stopping import stop_all

_logger = logging.getLogger(__name__)

SECONDS = 5.0
"""Between two checkpoints of a local cloud that is at work."""
SHARE = 0.05
"""Of the time that checkpoints may take; a large state is written less often."""


class Checkpoint:
    """Writes the state of all services every few seconds while requests come in.

    S3 objects are on disk from the moment that they are put; all else that happened since the last checkpoint is lost when the process is
    killed. A start after that says so.
    """

    def __init__(self, state: Path) -> None:
        self._mark = state / "unclean"
        self._save_all = borrow("ministack.core.persistence", "save_all", ("services",), "write the state of all services")
        self._states = borrow("ministack.app", "_build_persistence_save_dict", (), "know whose state to write")
        registry = borrow("ministack.app", "SERVICE_REGISTRY", dict, "know what ministack calls the state of a service")
        self._ours = {registry[service.signing_name]["module"] for service in SERVICES}
        self._requested = 0.0
        self._pause = SECONDS

    def watch(self, application: Application) -> Application:
        """Return an application that notes requests, and takes checkpoints between its start and its end."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "lifespan":
                self._requested = time.monotonic()
                await application(scope, receive, send)
                return
            self._say_what_is_lost()
            writer = asyncio.create_task(self._write_while_at_work())
            await application(scope, _ending(receive, writer), _beginning(send))
            self._mark.unlink(missing_ok=True)

        return watched

    def _say_what_is_lost(self) -> None:
        if self._mark.exists():
            states = sorted(path.stat().st_mtime for path in self._mark.parent.glob("*.json"))
            since = f"since {datetime.fromtimestamp(states[-1]):%Y-%m-%d %H:%M:%S}" if states else "since its start"
            message = f"the local cloud was not stopped but killed; all that happened {since} is lost, but S3 objects"
            _logger.warning(message)
            print(f"local cloud: {message}", file=sys.stderr)
        self._mark.touch()

    async def _write_while_at_work(self) -> None:
        written = 0.0
        while True:
            await asyncio.sleep(self._pause)
            if self._requested + SECONDS < written:
                continue
            written = time.monotonic()
            self._save_all({name: state for name, state in self._states().items() if name in self._ours})
            self._pause = max(SECONDS, (time.monotonic() - written) / SHARE)


def _ending(receive: Receive, writer: "asyncio.Task[None]") -> Receive:
    """Stop what runs, and the checkpoints, before ministack writes its state for the last time."""

    async def until_shutdown() -> Message:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            writer.cancel()
            await asyncio.to_thread(stop_all)
        return message

    return until_shutdown


def _beginning(send: Send) -> Send:
    """Begin what waits for the state to be read, once it is."""

    async def at_startup(message: Message) -> None:
        await send(message)
        if message["type"] == "lifespan.startup.complete":
            await asyncio.to_thread(start_all)

    return at_startup
