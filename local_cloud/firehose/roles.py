"""Clients that speak for a delivery: under its own roles."""

import time
from functools import lru_cache
from typing import Any

from local_cloud.client import client
from local_cloud.credentials import SECONDS, Credentials, for_role
from local_cloud.environment import ACCOUNT

SERVICE = "firehose.amazonaws.com"


def credentials(role: str, delivery_arn: str) -> Credentials:
    """Return credentials of a role.

    Raises:
        NotAssumableError: it does not trust Firehose for this account, which is the external id that Firehose names.
    """
    return _credentials(role, delivery_arn, int(time.monotonic() / (SECONDS / 2)))


def speaker(service: str, role: str, delivery_arn: str) -> Any:
    """Return a client of a service under a role; it raises as `credentials` does."""
    own = credentials(role, delivery_arn)
    return client(service, own.access_key, own.secret_key, own.token)


@lru_cache(maxsize=64)
def _credentials(role: str, arn: str, _: int) -> Credentials:
    return for_role(role, arn.rpartition("/")[2], SERVICE, arn, ACCOUNT)
