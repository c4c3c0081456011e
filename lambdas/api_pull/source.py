"""The API as it is asked: no oftener than it likes, patiently up to a point, and without believing what it says of itself.

urllib3 comes with boto3, so Lambda's Python has it. Its Retry counts tries, knows which faults pass, and reads Retry-After.
"""

from __future__ import annotations  # the first release of urllib3 does not have what the second one's types are called

import base64
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, TimeoutError
from urllib3.util.retry import Retry

from contracts.pull import Authentication, Scheme
from lambdas.api_pull.clock import Clock
from lambdas.api_pull.errors import LaterError, RejectedError, SourceError
from lambdas.api_pull.page import SHOWN

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})  # statuses of faults that pass
DENIED = frozenset({401, 403})
OK = 200
CLIENT_ERRORS = range(400, 500)
PIECE = 64 * 1024
MIB = 1024 * 1024
LEAST_SECONDS = 1.0  # that a request is begun with

T = TypeVar("T")
Understand = Callable[[bytes, Mapping[str, str]], T]


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long an answer is waited for.

    Attributes:
        tries: of one request, the first included.
        connect_seconds: until the API takes a connection.
        silence_seconds: between two pieces of an answer.
        answer_seconds: for a whole answer.
        backoff_seconds: before the second repetition; doubled before each further one, and of each a random part is waited.
    """

    tries: int = 6
    connect_seconds: float = 5
    silence_seconds: float = 30
    answer_seconds: float = 120
    backoff_seconds: float = 1


class _Jittered(Retry):
    """Waits a random part of its backoff, so that many who failed together do not come back together."""

    def get_backoff_time(self) -> float:
        return random.uniform(0, super().get_backoff_time())


class Api:
    """One API, and what it knows the lake by.

    Args:
        url: of the first page; a link may lead to no other host, since the secret goes with each request.
        requests_per_second: at most.
        most_bytes: of an answer.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        requests_per_second: float,
        most_bytes: int,
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self._origin = urlsplit(url)[:2]
        self._headers = {"Accept": "application/json", "User-Agent": "data-lake-pull", **headers}
        self._pause = 1 / requests_per_second
        self._most_bytes = most_bytes
        self._clock = clock
        self._patience = patience or Patience()
        self._asked = float("-inf")
        self._pool = urllib3.PoolManager(
            ssl_context=ssl.create_default_context(),
            cert_reqs="CERT_REQUIRED",
        )

    def get(self, url: str, understand: Understand[T]) -> T:
        """Ask for a page until it is understood.

        Args:
            understand: makes of body and headers what is wanted; an HTTPError of its own is a fault that may pass.

        Raises:
            LaterError: there is not the time to ask again.
            RejectedError: the API takes the request for wrong.
            SourceError: any other refusal, or a fault that did not pass.
        """
        if urlsplit(url)[:2] != self._origin:
            raise SourceError(
                f"the next page is said to be {url}, but only {'://'.join(self._origin)} is asked: its secret is for no other"
            )
        retry: Retry = _Jittered(total=self._patience.tries - 1, backoff_factor=self._patience.backoff_seconds, status_forcelist=PASSING)
        while True:
            response = None
            try:
                response = self._ask(url)
                body = self._read(url, response)
                if response.status == OK:
                    return understand(body, response.headers)
                if response.status not in PASSING:
                    raise _refusal(url, response.status, body)
                fault: Exception | None = None
            except HTTPError as error:
                fault = error
            retry = self._counted(retry, url, response, fault)
            self._clock.wait(self._pause_of(retry, response))

    def _ask(self, url: str) -> urllib3.BaseHTTPResponse:
        self._clock.wait(max(0.0, self._asked + self._pause - time.monotonic()))
        if self._clock.left() <= LEAST_SECONDS:
            raise LaterError(0)
        self._asked = time.monotonic()
        return self._pool.request(
            "GET",
            url,
            headers=self._headers,
            # a run that is ended from outside while it waits could not hand over
            timeout=urllib3.Timeout(
                connect=min(self._patience.connect_seconds, self._clock.left()),
                read=min(self._patience.silence_seconds, self._clock.left()),
            ),
            retries=False,
            redirect=False,
            preload_content=False,
            enforce_content_length=True,
        )

    def _read(self, url: str, response: urllib3.BaseHTTPResponse) -> bytes:
        """Return the body, if it comes in time and is not too large.

        `read1` gives what is there; the first release of urllib3 has `read` alone, which waits until a piece is whole.
        """
        until = self._asked + min(self._patience.answer_seconds, max(self._clock.left(), 0))
        read = getattr(response, "read1", response.read)
        body = bytearray()
        try:
            while piece := read(PIECE):
                body += piece
                if len(body) > self._most_bytes:
                    raise SourceError(f"{url} answered with more than {self._most_bytes // MIB} MiB; lower pageSize, or raise pageMib")
                if time.monotonic() > until:
                    raise TimeoutError(f"{url} had not answered whole after {until - self._asked:.0f} s")
        except BaseException:
            response.close()  # what is left of the answer must not be taken for the next one
            raise
        response.release_conn()
        return bytes(body)

    def _counted(self, retry: Retry, url: str, response: urllib3.BaseHTTPResponse | None, fault: Exception | None) -> Retry:
        try:
            return retry.increment("GET", url, response=response if fault is None else None, error=fault)
        except MaxRetryError as error:
            last = fault or f"status {response.status if response else 'none'}"
            raise SourceError(f"{url} was asked {self._patience.tries} times; at last: {last}") from error

    def _pause_of(self, retry: Retry, response: urllib3.BaseHTTPResponse | None) -> float:
        """Return the seconds that the API asks for, or those of the backoff.

        Raises:
            LaterError: the API asks for more than there are.
        """
        try:
            asked_for = retry.get_retry_after(response) if response is not None else None
        except InvalidHeader:
            asked_for = None
        if asked_for is None:
            return retry.get_backoff_time()
        if asked_for > self._clock.left():
            raise LaterError(asked_for)
        return asked_for


def headers_of(authentication: Authentication | None, secret: str) -> dict[str, str]:
    """Return the headers that show a secret."""
    if authentication is None:
        return {}
    shown = {
        Scheme.BEARER: lambda: f"Bearer {secret}",
        Scheme.BASIC: lambda: f"Basic {base64.b64encode(secret.encode()).decode()}",
        Scheme.HEADER: lambda: secret,
    }
    return {authentication.header: shown[authentication.scheme]()}


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Return a URL with some parameters set, in place of those of the same names."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in parameters]
    return urlunsplit(parts._replace(query=urlencode([*kept, *parameters.items()])))


def _refusal(url: str, status: int, body: bytes) -> SourceError:
    said = f"{url} answered with status {status}: {body[:SHOWN].decode(errors='replace')!r}"
    if status in DENIED:
        return SourceError(f"{said}; see whether the secret of lake.pull.authentication is the one that the API wants")
    if status in CLIENT_ERRORS:
        return RejectedError(said)
    return SourceError(f"{said}; only 200 is an answer, and a redirection is not followed: write the address itself into the contract")
