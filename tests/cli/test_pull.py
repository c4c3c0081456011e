import json
from typing import Any

import pytest

from cli.common.errors import UserError
from cli.common.session import Lake
from cli.pull import dataset_of, run, tell, until_finished
from config.settings import Settings

PROGRESS = {"pages": 3, "records": 1250, "new": 1249, "objects": 2}
LAKE = Lake("dev", Settings(account="111111111111", region="eu-west-1", name="acme", notify=("a@example.com",)))


def outcome(status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "progress": PROGRESS, "watermark": "2013-01-01T00:00:00Z", "not_before": 0, **more}


def test_a_pull_goes_on_run_after_run_until_it_is_at_its_end() -> None:
    runs = iter([outcome("unfinished"), outcome("unfinished"), outcome("finished")])
    said: list[str] = []
    assert until_finished("departures", lambda: next(runs), said.append) == outcome("finished")
    assert said == ["3 pages", "3 pages"]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (outcome("busy", progress=None), "another pull of departures runs; try again when it is over"),
        (outcome("waiting", not_before=1_700_000_000), "wants to be left alone until 2023-11-14 22:13:20 UTC"),
    ],
)
def test_a_pull_that_cannot_run_now_says_why(found: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        until_finished("departures", lambda: found, lambda text: None)


def test_what_a_pull_brought_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell("departures", outcome("finished"))
    said = "departures: 1,250 records (1,249 new) on 3 pages, 2 new objects in raw; the next pull asks from 2013-01-01T00:00:00Z on\n"
    assert capsys.readouterr().out == said
    tell("departures", outcome("finished", watermark=None))
    assert capsys.readouterr().out.endswith("the next pull asks for everything\n")


def test_a_message_names_its_dataset_by_the_function() -> None:
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:acme-pull-departures:$LATEST"
    assert dataset_of(LAKE, json.dumps({"requestContext": {"functionArn": arn}})) == "departures"


@pytest.mark.parametrize(("dataset", "set_aside"), [(None, False), ("departures", True)])
def test_either_a_dataset_is_named_or_what_was_set_aside(dataset: str | None, set_aside: bool) -> None:
    with pytest.raises(UserError, match="name a dataset, or give --set-aside, and not both"):
        run(dataset, set_aside, "local")
