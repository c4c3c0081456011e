"""DuckDB, made ready to read Iceberg tables in the local cloud's S3: with little memory and no way out."""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from local_cloud.environment import REGION, endpoint, home

MEMORY = "384MB"
_EXTENSIONS = ("httpfs", "avro", "iceberg")


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty database in memory; whoever needs objects gives it keys, and whoever keeps tables attaches a file."""
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
    return connection


def give_keys(connection: duckdb.DuckDBPyConnection, access_key: str = "test", secret_key: str = "test", token: str | None = None) -> None:
    """Let a connection read S3 in the name of whoever has the keys, in place of those it had; without keys it is the account's root."""
    session = f", SESSION_TOKEN '{token}'" if token else ""
    connection.execute(
        f"CREATE OR REPLACE SECRET reader (TYPE s3, KEY_ID '{access_key}', SECRET '{secret_key}'{session}, REGION '{REGION}',"
        f" ENDPOINT '{urlsplit(endpoint()).netloc}', URL_STYLE 'path', USE_SSL false)"
    )


def _extension(name: str) -> Path:
    """Return the file of an extension, which a package of its own carries: LOAD by name would look for it elsewhere, and then download it."""
    package = find_spec(f"duckdb_extension_{name}")
    folders = package.submodule_search_locations if package else None
    return next(Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension" for folder in folders or [])
