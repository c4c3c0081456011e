"""One run after another, as a schedule would start them."""

from datetime import timedelta

import pytest

from contracts.pull import Order, Paging, Watermark
from lambdas.api_pull.errors import SourceError
from lambdas.api_pull.run import Outcome, Status
from tests.lambdas.api_pull.api import Api, Fault, flights
from tests.lambdas.api_pull.pulls import Pulls, pulls
from tests.local_cloud.running import LocalCloud

LAST = flights(250)[-1]["time_hour"]


def finished(pull: Pulls, me: str = "run") -> Outcome:
    outcome = pull.run(me)
    assert outcome.status is Status.FINISHED
    assert outcome.progress is not None
    return outcome


def test_a_second_pull_asks_from_the_watermark_on_and_brings_what_is_new(lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    assert finished(pull).new == 250
    served.asked.clear()
    served.records.append({**flights(250)[0], "time_hour": "2013-06-01T00:00:00Z"})
    outcome = finished(pull)
    assert f"since={LAST.replace(':', '%3A')}" in served.asked[0]
    assert (outcome.pages, outcome.new, outcome.watermark) == (1, 1, "2013-06-01T00:00:00Z")


def test_a_pull_that_brings_nothing_new_leaves_raw_as_it_is(lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    finished(pull)
    finished(pull)  # the records of the last hour come again, on a page of their own
    objects = pull.objects()
    outcome = finished(pull)
    assert (outcome.new, outcome.watermark, pull.objects()) == (0, LAST, objects)
    served.records.clear()
    assert (finished(pull).watermark, pull.objects()) == (LAST, objects)


def test_the_first_pull_asks_from_the_start_that_the_contract_names(lake: LocalCloud, served: Api) -> None:
    mark = Watermark(parameter="since", field=("time_hour",), order=Order.TIME, start="2013-01-01T15:00:00Z")
    pull = pulls(lake, served, watermark=mark)
    finished(pull)
    assert pull.records() == [record for record in flights(250) if record["time_hour"] >= "2013-01-01T15:00:00Z"]


@pytest.mark.parametrize("paging", Paging)
def test_without_a_watermark_every_pull_asks_for_everything_and_the_same_page_is_put_once(
    paging: Paging, lake: LocalCloud, served: Api
) -> None:
    pull = pulls(lake, served, paging, watermark=None)
    assert [finished(pull).new, finished(pull).new] == [250, 0]
    assert len(pull.objects()) == 3
    assert "watermark" not in pull.state()


def test_the_watermark_stays_while_a_pull_fails_and_the_next_one_goes_on_with_the_page_that_failed(lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    served.faults.extend([None, None, *[Fault(cut=50)] * 3])
    with pytest.raises(SourceError, match=r"cursor=200&?.* was asked 3 times; at last: .*IncompleteRead"):
        pull.run()
    assert "watermark" not in pull.state()
    assert "IncompleteRead" in pull.state()["cause"]["S"]
    assert len(pull.objects()) == 2
    served.asked.clear()
    outcome = finished(pull, "another")
    assert len(served.asked) == 1
    assert outcome.watermark == LAST
    assert pull.records() == flights(250)
    assert "cause" not in pull.state()


def test_a_cursor_that_the_api_has_forgotten_begins_the_pull_again_and_no_page_stands_twice(lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    served.faults.extend([None, None, *[Fault(status=500)] * 3])
    with pytest.raises(SourceError):
        pull.run()
    served.forgotten.add("200")
    outcome = finished(pull)
    assert outcome.progress is not None
    assert (outcome.progress.pages, outcome.progress.records, outcome.progress.objects) == (3, 250, 1)
    assert pull.records() == flights(250)
    assert len(set(pull.objects())) == len(pull.objects()) == 3


def test_a_request_that_was_wrong_from_the_start_is_no_forgotten_cursor(lake: LocalCloud, served: Api) -> None:
    served.faults.append(Fault(status=400, body=b"size is no parameter"))
    with pytest.raises(SourceError, match="status 400: 'size is no parameter'"):
        pulls(lake, served).run()
    assert len(served.asked) == 1


def test_a_run_whose_time_is_up_ends_with_the_page_noted_that_is_next(lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    statuses = []
    for me in ("first", "second", "third"):
        before = len(pull.objects())
        pull.left = lambda before=before: 60 if len(pull.objects()) == before else 0  # type: ignore[misc]
        statuses.append(pull.run(me).status)
    assert statuses == [Status.UNFINISHED, Status.UNFINISHED, Status.FINISHED]
    assert len(served.asked) == 3
    assert pull.records() == flights(250)


def test_a_run_in_whose_whole_time_not_one_page_came_has_failed(lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    pull.left = lambda: 0
    with pytest.raises(SourceError, match="not one page came in the time of a whole run; lower pageSize, or give the pull more time"):
        pull.run()
    assert "owner" not in pull.state()


def test_an_api_that_wants_to_be_left_alone_is_until_its_time_has_come(lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    served.faults.extend([None, Fault(status=429, headers={"Retry-After": "3600"})])
    outcome = pull.run()
    assert (outcome.status, outcome.pages) == (Status.WAITING, 1)
    asked = len(served.asked)
    assert pull.run("too early").status is Status.WAITING
    assert len(served.asked) == asked
    pull.ahead = timedelta(seconds=3601)
    assert finished(pull).pages == 2
    assert pull.records() == flights(250)


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(status=429, headers={"Retry-After": "2"}), Fault(cut=9), Fault(told_less=9), Fault(body=b"{}x")]
)
def test_every_other_answer_may_be_a_fault_and_the_pull_is_whole(fault: Fault, lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    served.faults.extend([fault, None] * 3)
    assert finished(pull).pages == 3
    assert len(served.asked) == 6
    assert pull.records() == flights(250)


def test_a_page_that_leads_to_itself_ends_the_pull_with_a_reason(lake: LocalCloud, served: Api) -> None:
    body = b'{"data": {"departures": []}, "next": "7"}'
    served.faults.extend([Fault(body=body)] * 2)
    with pytest.raises(SourceError, match=r"page 2 says that the next page is itself \(7\)"):
        pulls(lake, served).run()


def test_a_record_from_the_future_is_kept_and_moves_no_watermark(lake: LocalCloud, served: Api) -> None:
    served.records.append({**flights(250)[0], "time_hour": "9999-12-31T00:00:00Z"})
    pull = pulls(lake, served)
    assert finished(pull).watermark == LAST
    assert len(pull.records()) == 251


def test_an_error_that_is_not_the_api_s_gives_the_lease_back_too(lake: LocalCloud, served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    pull = pulls(lake, served)
    with monkeypatch.context() as broken:
        broken.setattr("lambdas.api_pull.raw.Raw.put", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pull.run()
    assert "ZeroDivisionError" in pull.state()["cause"]["S"]
    assert finished(pull, "another").new == 250
