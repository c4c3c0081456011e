"""Clients of the local cloud itself, for parts of it that call it as a user would."""

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.session import Session

from local_cloud.environment import REGION, endpoint

_CONFIG = Config(
    retries={"max_attempts": 0},
    inject_host_prefix=False,  # 127.0.0.1 has no sub-domains
    s3={"addressing_style": "path"},
    connect_timeout=5,
    read_timeout=930,  # a function may take a quarter of an hour
    max_pool_connections=50,
)
Clients = Callable[[str], Any]
"""Gives a client of a service, in the name of somebody."""

_session = Session()
_making = threading.Lock()  # clients may be shared by threads, sessions not


@lru_cache(maxsize=256)
def client(service: str, access_key: str = "test", secret_key: str = "test", token: str | None = None) -> Any:
    """Return a client of a service; without credentials it is the account's root, which may do anything."""
    with _making:
        return _session.create_client(
            service,
            region_name=REGION,
            endpoint_url=endpoint(),
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            aws_session_token=token,
            config=_CONFIG,
        )
