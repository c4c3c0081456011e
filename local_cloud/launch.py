"""Put the local cloud together and serve it until it is asked to stop."""

import asyncio
import logging
import os
import signal
import socket

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local_cloud import (
    athena,
    authorization,
    cloudformation,
    cloudwatch,
    connections,
    crawlers,
    events,
    functions,
    glue,
    network,
    optimizers,
    redshift,
    secrets,
    step_functions,
    uploads,
)
from local_cloud.checkpoint import Checkpoint
from local_cloud.environment import HOST, Launch
from local_cloud.firehose import replacements as deliveries
from local_cloud.gate import Application, guard
from local_cloud.replace import borrow, registered
from local_cloud.streams import replacements as streams

_logger = logging.getLogger(__name__)


def install() -> None:
    """Put our parts in the place of ministack's.

    Raises:
        IncompatibleError: a private name of ministack is not what we expect.
    """
    # these before authorization: they watch which single check was denied
    watching = (glue, crawlers, optimizers, redshift, authorization)
    for part in (*watching, cloudformation, cloudwatch, events, step_functions, athena, uploads, functions, secrets, network, connections):
        part.install()
    deliveries.install(streams.install())
    _logger.info("%d private names of ministack are as expected", len(registered()))


def run(launch: Launch, listener: socket.socket) -> None:
    """Serve on `listener` until SIGTERM or SIGINT, then write the state and end the process.

    Raises:
        IncompatibleError: a private name of ministack is not what we expect; nothing was served.
    """
    application = borrow("ministack.app", "app", ("scope", "receive", "send"), "answer requests")
    install()
    checkpoint = Checkpoint(launch.state)
    asyncio.run(_serve(launch, listener, guard(checkpoint.watch(application))))
    logging.shutdown()
    # Threads of running executions and jobs are of no use any more, and Python would wait for them.
    os._exit(0)


async def _serve(launch: Launch, listener: socket.socket, application: Application) -> None:
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.errorlog = logging.getLogger("hypercorn.error")
    stop = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    _logger.info("serving on http://%s:%s from %s", HOST, launch.port, launch.home)
    await serve(application, config, shutdown_trigger=stop.wait)
