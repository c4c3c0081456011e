"""Connections of clients, which are closed as soon as the client is gone."""

from hypercorn.asyncio.tcp_server import TCPServer

from local_cloud.replace import replace


def install() -> None:
    """Serve by connections that end with their client."""
    replace("hypercorn.asyncio.run", "TCPServer", Connection, "close connections whose client is gone")


class Connection(TCPServer):  # type: ignore[misc]  # installed in .venv-local alone
    """One connection.

    hypercorn closes one that its client has closed only when it has been idle as long as any may be. Until then each function that was killed,
    each job and each verb that ended keeps a descriptor of the local cloud.
    """

    async def _read_data(self) -> None:
        """Read until the client is gone, after whom nobody is waited for."""
        await super()._read_data()
        await self.idle_task.stop()

    async def _idle_timeout(self) -> None:
        """Wait for the next request; for none after the answer to a request whose client is gone by now."""
        if self.reader.at_eof():
            await self._initiate_server_close()
        else:
            await super()._idle_timeout()
