"""Whether the local cloud answers."""

import http.client
from urllib.parse import urlsplit


def answers(endpoint_url: str, seconds: float = 2) -> bool:
    """Return whether a local cloud answers on a loopback address; another server there does not count."""
    place = urlsplit(endpoint_url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=seconds)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
