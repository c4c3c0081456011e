"""One connection to DuckDB for all queries."""

import threading
from functools import cache

import duckdb

from local_cloud import duck

_lock = threading.Lock()


def cursor() -> duckdb.DuckDBPyConnection:
    """Return a cursor for one query, which `interrupt` stops."""
    with _lock:
        return _connection().cursor()


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duck.connect()
    duck.give_keys(connection)
    return connection
