"""DuckDB, made ready to read Iceberg tables in the local cloud's S3: one connection for all queries, with little memory and no way out."""

import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from local_cloud.environment import REGION, endpoint, home

MEMORY = "384MB"
_EXTENSIONS = ("httpfs", "avro", "iceberg")
_lock = threading.Lock()


def cursor() -> duckdb.DuckDBPyConnection:
    """Return a cursor for one query, which `interrupt` stops."""
    with _lock:
        return _connection().cursor()


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",  # a name that is no table must not be a variable of ours
            "memory_limit": MEMORY,
            "threads": "2",
            "temp_directory": str(home() / "tmp" / "duckdb"),
        }
    )
    for name in _EXTENSIONS:
        connection.execute(f"LOAD '{_extension(name)}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID 'test', SECRET 'test', REGION '{REGION}', ENDPOINT '{urlsplit(endpoint()).netloc}', URL_STYLE 'path', USE_SSL false)"
    )
    return connection


def _extension(name: str) -> Path:
    """Return the file of an extension, which a package of its own carries: LOAD by name would look for it elsewhere, and then download it."""
    package = find_spec(f"duckdb_extension_{name}")
    folders = package.submodule_search_locations if package else None
    return next(Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension" for folder in folders or [])
