"""The database of a namespace: one DuckDB file, in which one statement runs after the other."""

import queue
import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import duckdb

from local_cloud import duck
from local_cloud.redshift import system
from local_cloud.redshift.system import CATALOG


class Warehouse:
    """An open database and the thread that works through what it is asked.

    Redshift runs statements side by side and serialises what conflicts; here they wait for each other, in the order in which they came.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"warehouse {file.stem}", daemon=True)
        self._thread.start()

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection that all sessions share."""
        connection = duck.connect()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(f"ATTACH '{self._file}' AS {CATALOG}")
        connection.execute(f"USE {CATALOG}.main")
        system.install(connection)
        return connection

    def do(self, work: Callable[[], None]) -> None:
        """Have something done after all that was asked before."""
        self._work.put(work)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own for one session; to be used by what `do` was given."""
        cursor = self.connection.cursor()
        cursor.execute(f"USE {CATALOG}.public")
        return cursor

    def close(self) -> None:
        """Finish what is being done, and close the file."""
        self._work.put(None)
        self._thread.join(timeout=10)
        if "connection" in self.__dict__:
            self.connection.close()

    def delete(self) -> None:
        """Close it and delete all that is in it."""
        self.close()
        for file in (self._file, self._file.with_name(f"{self._file.name}.wal")):
            file.unlink(missing_ok=True)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
