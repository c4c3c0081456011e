"""The API as it is asked, against a real HTTP server that misbehaves."""

import gzip
import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from contracts.pull import Authentication, Scheme
from lambdas.api_pull.clock import SPARE_SECONDS, Clock
from lambdas.api_pull.errors import LaterError, RejectedError, SourceError
from lambdas.api_pull.page import MalformedError
from lambdas.api_pull.source import Api, Patience, headers_of, with_parameters
from tests.lambdas.api_pull.api import SECRET, Fault, flights, serving
from tests.lambdas.api_pull.api import Api as Served

HASTY = Patience(tries=3, connect_seconds=1, silence_seconds=0.4, answer_seconds=0.8, backoff_seconds=1)
BEARER = Authentication(secret="lake/departures", scheme=Scheme.BEARER, header="Authorization")


@dataclass
class Waited:
    """Seconds that were waited for, in no time."""

    seconds: list[float] = field(default_factory=list)

    def clock(self, left: float = 600) -> Clock:
        return Clock(remaining=lambda: left + SPARE_SECONDS, sleep=self.seconds.append)

    @property
    def between_tries(self) -> list[float]:
        return [seconds for seconds in self.seconds if seconds > 0.01]


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(flights(300)) as api:
        yield api


@pytest.fixture
def waited() -> Waited:
    return Waited()


def api(served: Served, clock: Clock, **other: Any) -> Api:
    given: dict[str, Any] = {"headers": headers_of(BEARER, SECRET), "requests_per_second": 1000, "most_bytes": 1 << 20, "patience": HASTY}
    return Api(served.url, clock=clock, **{**given, **other})


def understood(body: bytes, _: Mapping[str, str]) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise MalformedError(str(error)) from error


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(status=503, body=b"<html>busy</html>"),
        Fault(status=429),
        Fault(cut=100),
        Fault(told_less=100),
        Fault(body=b""),
        Fault(body=b"<html>busy</html>"),
        Fault(pause=1),
        Fault(pause=0.2, piece=10),
        Fault(headers={"Content-Encoding": "gzip"}),
    ],
    ids=["500", "503", "429", "truncated", "longer-than-told", "empty", "no-json", "silent", "drop-by-drop", "no-gzip"],
)
def test_a_fault_that_passes_is_waited_out(fault: Fault, served: Served, waited: Waited) -> None:
    served.faults.append(fault)
    page = api(served, waited.clock()).get(f"{served.url}/page", understood)
    assert page == flights(300)[:100]
    assert len(served.asked) == 2


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(status=502), "status 502"),
        (Fault(cut=100), "IncompleteRead"),
        (Fault(told_less=100), "Unterminated string"),
        (Fault(pause=1), "Read timed out"),
        (Fault(pause=0.2, piece=10), "had not answered whole after 1 s"),
    ],
)
def test_a_fault_that_does_not_pass_is_told_with_the_number_of_tries(fault: Fault, told: str, served: Served, waited: Waited) -> None:
    served.faults.extend([fault] * HASTY.tries)
    with pytest.raises(SourceError, match=rf"{served.url}/page was asked 3 times; at last: .*{told}"):
        api(served, waited.clock()).get(f"{served.url}/page", understood)
    assert len(served.asked) == 3


def test_an_api_that_does_not_listen_is_told(waited: Waited) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        asked = Api(url, headers={}, requests_per_second=1000, most_bytes=100, clock=waited.clock(), patience=HASTY)
        with pytest.raises(SourceError, match=r"asked 3 times; at last: .*Connection refused"):
            asked.get(url, understood)


def test_between_tries_a_random_part_of_a_doubling_time_is_waited(served: Served, waited: Waited) -> None:
    patience = Patience(tries=6, backoff_seconds=10)
    for _ in range(10):
        served.faults.extend([Fault(status=500)] * 5)
        api(served, waited.clock(), patience=patience).get(f"{served.url}/page", understood)
    seconds = waited.between_tries
    assert len(set(seconds)) == len(seconds) == 40  # the first repetition is at once
    assert all(0 < second <= most for second, most in zip(seconds, [20, 40, 80, 120] * 10, strict=True))
    assert max(seconds) > 40


@pytest.mark.parametrize("status", [429, 503])
def test_an_api_is_left_alone_for_as_long_as_it_asks(status: int, served: Served, waited: Waited) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    served.faults.extend([Fault(status=status, headers={"Retry-After": after}) for after in ("7", until)])
    api(served, waited.clock()).get(f"{served.url}/page", understood)
    first, second = waited.between_tries
    assert first == 7
    assert 85 < second <= 90


def test_a_time_that_nobody_can_read_is_none(served: Served, waited: Waited) -> None:
    served.faults.append(Fault(status=429, headers={"Retry-After": "soon"}))
    assert len(api(served, waited.clock()).get(f"{served.url}/page", understood)) == 100


def test_an_api_that_asks_for_more_time_than_there_is_is_left_to_a_later_run(served: Served, waited: Waited) -> None:
    served.faults.append(Fault(status=429, headers={"Retry-After": "900"}))
    with pytest.raises(LaterError) as raised:
        api(served, waited.clock(left=600)).get(f"{served.url}/page", understood)
    assert raised.value.seconds == 900
    assert waited.between_tries == []


def test_nothing_is_asked_for_in_the_last_second(served: Served, waited: Waited) -> None:
    with pytest.raises(LaterError):
        api(served, waited.clock(left=0.5)).get(f"{served.url}/page", understood)
    assert served.asked == []


def test_an_answer_that_is_too_large_is_not_read_to_its_end(served: Served, waited: Waited) -> None:
    served.faults.append(Fault(body=b"x" * (40 << 20)))
    began = time.monotonic()
    with pytest.raises(SourceError, match="answered with more than 1 MiB; lower pageSize, or raise pageMib"):
        api(served, waited.clock()).get(f"{served.url}/page", understood)
    assert time.monotonic() - began < HASTY.answer_seconds


def test_a_packed_answer_is_as_large_as_it_is_unpacked(served: Served, waited: Waited) -> None:
    packed = gzip.compress(json.dumps(flights(300)).encode())
    served.faults.append(Fault(body=packed, headers={"Content-Encoding": "gzip"}))
    assert api(served, waited.clock()).get(f"{served.url}/page", understood) == flights(300)
    served.faults.append(Fault(body=gzip.compress(b" " * (3 << 20)), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(SourceError, match="more than 1 MiB"):
        api(served, waited.clock()).get(f"{served.url}/page", understood)


@pytest.mark.parametrize(("secret", "refused"), [(SECRET, False), ("guessed", True)])
def test_the_api_knows_the_lake_by_its_secret_and_no_error_repeats_it(secret: str, refused: bool, served: Served, waited: Waited) -> None:
    asked = api(served, waited.clock(), headers=headers_of(BEARER, secret))
    if not refused:
        assert asked.get(f"{served.url}/page", understood)
        return
    with pytest.raises(SourceError, match=r"status 401: .*who are you.*see whether the secret") as raised:
        asked.get(f"{served.url}/page", understood)
    assert secret not in str(raised.value)
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    ("scheme", "header", "wanted"),
    [
        (Scheme.BEARER, "Authorization", {"Authorization": "Bearer user:word"}),
        (Scheme.BASIC, "Authorization", {"Authorization": "Basic dXNlcjp3b3Jk"}),
        (Scheme.HEADER, "X-Api-Key", {"X-Api-Key": "user:word"}),
    ],
)
def test_a_secret_is_shown_as_the_contract_says(scheme: Scheme, header: str, wanted: dict[str, str]) -> None:
    assert headers_of(Authentication(secret="any", scheme=scheme, header=header), "user:word") == wanted


def test_a_redirection_is_not_followed(served: Served, waited: Waited) -> None:
    served.faults.append(Fault(status=302, headers={"Location": f"{served.url}/link"}))
    with pytest.raises(SourceError, match=r"status 302: .*write the address itself into the contract"):
        api(served, waited.clock()).get(f"{served.url}/page", understood)
    assert served.asked == ["/page"]


def test_a_link_to_another_host_gets_neither_request_nor_secret(served: Served, waited: Waited) -> None:
    with serving([]) as other, pytest.raises(SourceError, match=rf"is said to be {other.url}/page, but only {served.url} is asked"):
        api(served, waited.clock()).get(f"{other.url}/page", understood)
    assert other.asked == []


def test_a_request_that_the_api_takes_for_wrong_is_not_made_again(served: Served, waited: Waited) -> None:
    served.forgotten.add("100")
    with pytest.raises(RejectedError, match=r"status 410: .*no such cursor"):
        api(served, waited.clock()).get(f"{served.url}/cursor?cursor=100", understood)
    assert len(served.asked) == 1


def test_the_api_is_asked_no_oftener_than_its_contract_says(served: Served, waited: Waited) -> None:
    asked = api(served, waited.clock(), requests_per_second=0.5)
    for _ in range(3):
        asked.get(f"{served.url}/page", understood)
    assert [round(seconds) for seconds in waited.between_tries] == [2, 2]


def test_a_parameter_takes_the_place_of_one_of_its_name() -> None:
    assert with_parameters("https://x/y?page=1&a=%20b", {"page": "2", "since": "a+b"}) == "https://x/y?a=+b&page=2&since=a%2Bb"
