"""A pull that is killed at every step, and what the next run makes of it: every page is in raw, and each is there once."""

from datetime import timedelta

import pytest

from contracts.pull import Paging
from lambdas.api_pull.run import Status
from tests.lambdas.api_pull.api import Api, flights
from tests.lambdas.api_pull.pulls import KilledError, Mortal, pulls
from tests.local_cloud.running import LocalCloud

STEPS = {  # of a pull of three pages, by kind of paging; pages that are counted end with one without records
    Paging.CURSOR: ["Ledger.take", *["Api.get", "Raw.put", "Ledger.advance"] * 2, "Api.get", "Raw.put", "Ledger.finish"],
    Paging.LINK: ["Ledger.take", *["Api.get", "Raw.put", "Ledger.advance"] * 2, "Api.get", "Raw.put", "Ledger.finish"],
    Paging.PAGE: ["Ledger.take", *["Api.get", "Raw.put", "Ledger.advance"] * 3, "Api.get", "Ledger.finish"],
}
PAGES = 3


def names(paging: Paging) -> list[pytest.param]:  # type: ignore[valid-type]
    steps = enumerate(STEPS[paging])
    return [
        pytest.param(paging, at, after, id=f"{paging}-{at}-{'after' if after else 'before'}-{step}")
        for at, step in steps
        for after in (False, True)
    ]


@pytest.mark.parametrize("paging", Paging)
def test_the_steps_of_a_pull_are_those_that_it_is_killed_at(paging: Paging, lake: LocalCloud, served: Api) -> None:
    mortal, pull = Mortal(), pulls(lake, served, paging)
    assert pull.run(mortal=mortal).status is Status.FINISHED
    assert mortal.calls == STEPS[paging]
    assert len(pull.objects()) == PAGES


@pytest.mark.parametrize(("paging", "at", "after"), [case for paging in Paging for case in names(paging)])
def test_a_pull_killed_at_any_step_brings_every_page_once(paging: Paging, at: int, after: bool, lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served, paging)
    with pytest.raises(KilledError):
        pull.run("killed", Mortal(at, after))
    asked = len(served.asked)
    if "owner" in pull.state():  # nobody else is let in while the killed one might still run
        assert pull.run("other").status is Status.BUSY
        assert len(served.asked) == asked
        pull.ahead = timedelta(hours=1)
    if "finished_at" not in pull.state().get("last", {}).get("M", {}):  # it was not the end that was done before the kill
        assert pull.run("other").status is Status.FINISHED
    assert pull.records() == flights(250)
    assert len(set(pull.objects())) == len(pull.objects()) == PAGES
    assert pull.state()["watermark"] == {"S": flights(250)[-1]["time_hour"]}
    assert not {"owner", "progress"} & pull.state().keys()


@pytest.mark.parametrize("at", range(1, 10))
def test_lambda_s_own_repetition_goes_on_at_once_with_the_page_that_was_next(at: int, lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    with pytest.raises(KilledError):
        pull.run("same", Mortal(at, after=False))
    noted = STEPS[Paging.CURSOR][:at].count("Ledger.advance")
    asked = len(served.asked)
    assert pull.run("same").status is Status.FINISHED
    assert len(served.asked) - asked == PAGES - noted
    assert pull.records() == flights(250)


def test_a_page_that_is_fetched_again_on_another_day_is_the_object_that_it_was(lake: LocalCloud, served: Api) -> None:
    pull = pulls(lake, served)
    with pytest.raises(KilledError):
        pull.run("killed", Mortal(STEPS[Paging.CURSOR].index("Raw.put") + 3, after=True))
    pull.ahead = timedelta(days=2)
    assert pull.run("other").status is Status.FINISHED
    assert len(pull.objects()) == PAGES
    assert len({key.split("/")[2] for key in pull.objects()}) == 1


def test_a_pull_killed_before_it_noted_its_first_page_may_put_that_again_the_next_day(lake: LocalCloud, served: Api) -> None:
    """What a refresh makes of it: a record that is there already, by its key."""
    pull = pulls(lake, served)
    with pytest.raises(KilledError):
        pull.run("killed", Mortal(STEPS[Paging.CURSOR].index("Raw.put"), after=True))
    pull.ahead = timedelta(days=1)
    assert pull.run("other").status is Status.FINISHED
    assert len(pull.objects()) == PAGES + 1
    assert len({key.rpartition("/")[2] for key in pull.objects()}) == PAGES


def test_a_run_that_lost_its_lease_leaves_the_rest_to_the_one_that_took_it(lake: LocalCloud, served: Api) -> None:
    pull, slow = pulls(lake, served), Mortal()
    overtaken: list[Status] = []

    def overtaking(name: str, method: object, *values: object, **named: object) -> object:
        if name == "Ledger.advance" and not overtaken:
            overtaken.append(Status.BUSY)
            pull.ahead = timedelta(hours=1)
            overtaken[0] = pull.run("other").status
        return Mortal.call(slow, name, method, *values, **named)  # type: ignore[arg-type]

    slow.call = overtaking  # type: ignore[method-assign]
    assert pull.run("slow", slow).status is Status.BUSY
    assert overtaken == [Status.FINISHED]
    assert len(set(pull.objects())) == len(pull.objects()) == PAGES
