"""Clients that speak for a function: under its own role."""

import time
from functools import lru_cache
from typing import Any

from local_cloud.client import client
from local_cloud.credentials import SECONDS, Credentials, for_role
from local_cloud.functions.function import Function

SERVICE = "lambda.amazonaws.com"
OLDEST = SECONDS / 2
"""Seconds that credentials are used, so that they never expire on their way."""


def speaker(service: str, function: Function) -> Any:
    """Return a client of a service under a function's role.

    Raises:
        NotAssumableError: the role does not trust Lambda.
    """
    own = _credentials(function.role, function.name, function.arn, int(time.monotonic() / OLDEST))
    return client(service, own.access_key, own.secret_key, own.token)


@lru_cache(maxsize=64)
def _credentials(role: str, name: str, arn: str, _: int) -> Credentials:
    return for_role(role, name, SERVICE, arn)
