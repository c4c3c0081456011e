"""Running what was asked for: all of it in one transaction, with a time limit, until it is done or somebody stops it."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from local_cloud.redshift import statements
from local_cloud.redshift.failure import SqlError, from_duckdb
from local_cloud.redshift.runs import Piece, Run, Runs, Status, result_name
from local_cloud.redshift.session import Session

_logger = logging.getLogger(__name__)
INTERRUPT_SECONDS = 0.02


@dataclass
class Transaction:
    """One run, under way.

    Attributes:
        most_seconds: that it may take; None for no limit.
    """

    run: Run
    runs: Runs
    parameters: Mapping[str, str]
    most_seconds: float | None
    _stopped_for: str | None = None
    _cursor: duckdb.DuckDBPyConnection | None = field(default=None, repr=False)
    _stopping: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def carry_out(self, session: Session) -> None:
        """Run all statements and commit, or roll all of them back."""
        with self._stopping:
            if self.run.status.is_over:
                return  # cancelled while it waited
            self.run.status, self._cursor = Status.STARTED, session.cursor
        timer = threading.Timer(self.most_seconds or 0, self.stop, ("it took longer than the workgroup's max_query_execution_time",))
        timer.daemon = True
        if self.most_seconds:
            timer.start()
        try:
            self._run_all(session)
        except Exception as error:  # whatever it was, the statement must not run for ever
            _logger.exception("statement %s", self.run.id)
            self._roll_back(session)
            self.run.end(Status.FAILED, f"ERROR: internal error of the local cloud: {error}; see its log")
        finally:
            timer.cancel()
            with self._stopping:
                self._cursor = None
            session.cursor.close()

    def stop(self, reason: str | None = None) -> bool:
        """Stop it, with a reason as a failure and without one as cancelled; return whether it was still under way."""
        with self._stopping:
            if self.run.status.is_over:
                return False
            self._stopped_for = reason or ""
            if self._cursor is not None:
                threading.Thread(target=self._interrupt, daemon=True).start()
                return True
        self.run.end(Status.ABORTED)
        return True

    def _interrupt(self) -> None:
        """Interrupt until it is over: an interruption between two statements of DuckDB hits none."""
        while not self.run.over.wait(INTERRUPT_SECONDS):
            with self._stopping:
                if self._cursor is None:
                    return
                self._cursor.interrupt()

    def _run_all(self, session: Session) -> None:
        session.cursor.begin()
        for place, piece in enumerate(self.run.pieces, 1):
            try:
                self._run_one(session, place, piece)
            except duckdb.InterruptException:
                self._roll_back(session)
                self._interrupted(piece)
                return
            except SqlError as error:
                self._roll_back(session)
                self._failed(place, piece, error)
                return
        try:
            session.cursor.commit()
        except duckdb.Error as error:
            self._failed(len(self.run.pieces), self.run.pieces[-1], from_duckdb(error))
            return
        self.run.end(Status.FINISHED)

    def _run_one(self, session: Session, place: int, piece: Piece) -> None:
        if self._stopped_for is not None:
            raise duckdb.InterruptException
        begin = time.monotonic()
        piece.status = Status.STARTED
        try:
            outcome = statements.run(session, piece.sql, self.parameters)
            piece.rows = outcome.changed
            if outcome.columns:
                name, header = result_name(self.run, place), [column.kept() for column in outcome.columns]
                piece.rows = self.runs.results.write(name, header, outcome.rows)
                piece.has_result, piece.size = True, self.runs.results.file(name).stat().st_size
        finally:
            piece.seconds = time.monotonic() - begin
        piece.end(Status.FINISHED)

    def _failed(self, place: int, piece: Piece, error: SqlError) -> None:
        piece.end(Status.FAILED, f"ERROR: {error}")
        # the Data API counts the statements of a batch from 1
        self.run.end(Status.FAILED, f"Query #{place} failed with ERROR: {error}" if self.run.is_batch else f"ERROR: {error}")

    def _interrupted(self, piece: Piece) -> None:
        if self._stopped_for:
            piece.end(Status.FAILED, f"ERROR: Query cancelled: {self._stopped_for}")
            self.run.end(Status.FAILED, piece.error)
        else:
            piece.end(Status.ABORTED)
            self.run.end(Status.ABORTED)

    def _roll_back(self, session: Session) -> None:
        try:
            session.cursor.rollback()
        except duckdb.Error as error:
            _logger.info("statement %s has no transaction to roll back: %s", self.run.id, error)
