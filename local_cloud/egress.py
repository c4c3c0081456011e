"""Nothing in the local cloud talks to anything but this machine."""

import ipaddress
import sys
from typing import Any

LOCAL_NAMES = frozenset({"localhost", "", None})


class EgressError(OSError):
    """The local cloud tried to reach another machine."""


def forbid() -> None:
    """Refuse every connection and every name look-up of this process that leaves the machine, for as long as it lives."""
    sys.addaudithook(_refuse)


def is_local(host: Any) -> bool:
    """Tell whether a host is this machine: a loopback or wildcard address, or a name of it."""
    if isinstance(host, bytes):
        host = host.decode("latin-1")
    if host in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not is_local(host):
        raise EgressError(f"the local cloud does not leave this machine: {event} {host!r}")
