"""One local cloud per home folder, one per port."""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from local_cloud.environment import HOST


class UnavailableError(Exception):
    """The home folder or the port is in use."""


def lock(home: Path) -> IO[str]:
    """Claim a home folder for as long as the returned file is open; its text is the process id of the owner.

    The operating system gives the claim up with the process, however that ends.

    Raises:
        UnavailableError: another local cloud has it; the message names its process id.
    """
    file = (home / "pid").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        raise UnavailableError(f"a local cloud already runs on {home} (process {owner}); stop it, or choose another --home") from taken
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def listen(port: int) -> socket.socket:
    """Claim a port of the loopback interface.

    Raises:
        UnavailableError: something else listens there.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as taken:
        listener.close()
        raise UnavailableError(
            f"port {port} of {HOST} is taken ({taken.strerror}); stop what listens there, or choose another --port"
        ) from taken
    listener.listen(128)
    return listener
