"""One run of a pull: page after page into raw, from where the last run stopped.

The order is what makes it safe. A page is put before it is noted, and the watermark moves with the last page alone. Killed between any two steps, the
next run fetches at most one page again, and that page has the name that it had.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from contracts.pull import Paging, Pull
from lambdas.api_pull.clock import Clock
from lambdas.api_pull.errors import HeldError, LaterError, LostError, RejectedError, SourceError
from lambdas.api_pull.page import Page, later_than, latest, read_page
from lambdas.api_pull.source import with_parameters
from lambdas.api_pull.state import Progress, State

CLOCKS_DIFFER = timedelta(minutes=5)  # that the API's may be ahead of ours


class Status(StrEnum):
    """How a run ended that did not fail."""

    FINISHED = "finished"  # every page is in raw, and the watermark has moved
    UNFINISHED = "unfinished"  # its time was up; another run goes on
    WAITING = "waiting"  # the API wants to be left alone for some time
    BUSY = "busy"  # another run is at it


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run did, and the pull with it.

    Attributes:
        pages: that this run put into raw or found there.
        new: records in them that are later than the watermark that was asked with.
        progress: of the whole pull; None where it did not come to it.
        watermark: that the next pull asks with.
        not_before: moment, in seconds since 1970, that the API asked to be left alone until.
    """

    status: Status
    pages: int = 0
    new: int = 0
    progress: Progress | None = None
    watermark: str | None = None
    not_before: float = 0

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


class Asks(Protocol):
    """The API."""

    def get(self, url: str, understand: Callable[[bytes, Mapping[str, str]], Page]) -> Page: ...


class Keeps(Protocol):
    """The raw zone."""

    def put(self, day: str, page: int, records: Sequence[str]) -> bool: ...


class Remembers(Protocol):
    """The ledger."""

    def take(self, now: float, until: float) -> State: ...
    def advance(self, progress: Progress) -> None: ...
    def start_over(self) -> None: ...
    def finish(self, progress: Progress, watermark: str | None, now: str) -> None: ...
    def release(self, *, not_before: float = 0, cause: str | None = None, now: str = "") -> None: ...


@dataclass(frozen=True, kw_only=True)
class Places:
    """What a run works with."""

    api: Asks
    raw: Keeps
    ledger: Remembers
    clock: Clock


class Run:
    """One run of one dataset's pull."""

    def __init__(self, spec: Pull, places: Places) -> None:
        self.spec, self.api, self.raw, self.ledger, self.clock = spec, places.api, places.raw, places.ledger, places.clock
        self._pages = self._new = 0
        self._since: str | None = None

    def pull(self) -> Outcome:
        """Pull until the end, or until the time is up.

        Raises:
            SourceError: the API cannot be pulled from. As after any other error, the lease is given back, and the next run goes on from the same page.
        """
        now = self.clock.now().timestamp()
        try:
            state = self.ledger.take(now, now + self.clock.remaining())
        except HeldError:
            return Outcome(status=Status.BUSY)
        if state.not_before > now:
            self.ledger.release(not_before=state.not_before)
            return self._outcome(Status.WAITING, state.progress, state.watermark, state.not_before)
        try:
            return self._from(state)
        except LostError:
            return self._outcome(Status.BUSY, None, state.watermark)
        except Exception as error:
            with suppress(Exception):  # what went wrong first is told; a lease that cannot be given back ends by itself
                self.ledger.release(cause=f"{type(error).__name__}: {error}", now=self.clock.now().isoformat())
            raise

    def _from(self, state: State) -> Outcome:
        start = self.spec.watermark.start if self.spec.watermark else None
        self._since = state.watermark if state.watermark is not None else start
        try:
            progress = self._resumed(state.progress) if state.progress else self._all(self._begun())
        except _TimeIsUpError as end:
            return self._unfinished(end, state)
        watermark = self._moved(progress)
        self.ledger.finish(progress, watermark, self.clock.now().isoformat())
        return self._outcome(Status.FINISHED, progress, watermark)

    def _resumed(self, progress: Progress) -> Progress:
        """Go on with a pull; begin it again where the API has forgotten its cursor, which lives for some time only."""
        try:
            return self._all(progress)
        except RejectedError:
            if self._pages:
                raise
            self.ledger.start_over()
            return self._all(self._begun())

    def _all(self, progress: Progress) -> Progress:
        """Bring every page into raw and return what became of the pull, its last page not noted yet."""
        while True:
            try:
                page = self.api.get(self._url(progress), partial(read_page, self.spec))
            except LaterError as error:
                raise _TimeIsUpError(progress, error.seconds) from error
            if not page.records and self.spec.paging is Paging.PAGE:
                return progress
            following = self._kept(progress, page)
            if page.next is None and self.spec.paging is not Paging.PAGE:
                return following
            if page.next is not None and page.next == progress.next:
                raise SourceError(f"page {following.pages} says that the next page is itself ({page.next}); see lake.pull.next")
            self.ledger.advance(following)
            progress = following

    def _kept(self, progress: Progress, page: Page) -> Progress:
        put = bool(page.records) and self.raw.put(progress.day, progress.pages + 1, page.records)
        mark = self.spec.watermark
        limit = self.clock.now() + CLOCKS_DIFFER
        new = later_than(page.marks, self._since, mark.order) if mark else len(page.records) if put else 0
        self._pages += 1
        self._new += new
        return replace(
            progress,
            pages=progress.pages + 1,
            next=page.next,
            highest=latest([progress.highest, *page.marks], mark.order, limit) if mark else None,
            records=progress.records + len(page.records),
            new=progress.new + new,
            objects=progress.objects + put,
        )

    def _unfinished(self, end: "_TimeIsUpError", state: State) -> Outcome:
        if not self._pages and not end.seconds:
            raise SourceError(
                "not one page came in the time of a whole run; lower pageSize, or give the pull more time (pull.timeout_seconds)"
            )
        not_before = self.clock.now().timestamp() + end.seconds if end.seconds else 0
        self.ledger.release(not_before=not_before)
        status = Status.WAITING if end.seconds else Status.UNFINISHED
        return self._outcome(status, end.progress, state.watermark, not_before)

    def _outcome(self, status: Status, progress: Progress | None, watermark: str | None, not_before: float = 0) -> Outcome:
        return Outcome(status=status, pages=self._pages, new=self._new, progress=progress, watermark=watermark, not_before=not_before)

    def _begun(self) -> Progress:
        now = self.clock.now()
        return Progress(began_at=now.isoformat(), day=f"{now:%Y-%m-%d}")

    def _moved(self, progress: Progress) -> str | None:
        """Return the watermark after a pull, which never goes back."""
        mark = self.spec.watermark
        return latest([self._since, progress.highest], mark.order, self.clock.now() + CLOCKS_DIFFER) if mark else None

    def _url(self, progress: Progress) -> str:
        spec = self.spec
        if spec.paging is Paging.LINK and progress.next is not None:
            return progress.next
        parameters = dict(spec.parameters)
        if spec.size_parameter:
            parameters[spec.size_parameter] = str(spec.page_size)
        if spec.watermark and self._since is not None:
            parameters[spec.watermark.parameter] = self._since
        if spec.paging is Paging.PAGE:
            parameters[spec.page_parameter] = str(spec.first_page + progress.pages)
        elif progress.next is not None:
            parameters[spec.page_parameter] = progress.next
        return with_parameters(spec.url, parameters)


class _TimeIsUpError(Exception):
    def __init__(self, progress: Progress, seconds: float) -> None:
        super().__init__()
        self.progress = progress
        self.seconds = seconds
