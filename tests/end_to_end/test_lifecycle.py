"""Deployed again, stopped, started: nothing changes."""

from tests.end_to_end.files import airlines
from tests.end_to_end.lake import Lake

COUNT = "select count(*) as airlines from lake_processed.airlines"


def test_what_was_landed_is_there_after_a_stop_and_a_start(lake: Lake) -> None:
    lake.land("airlines", airlines())
    lake.wait()
    lake.run("local", "stop")
    lake.run("local", "start")
    assert lake.query(COUNT) == [{"airlines": 16}]


def test_a_deploy_without_a_change_does_nothing(lake: Lake) -> None:
    assert "nothing had changed" in lake.run("deploy").stderr


def test_the_status_names_every_stack(lake: Lake) -> None:
    told = lake.run("local", "status").stdout
    for stack in ("lake-storage", "lake-catalog", "lake-processing-aviation", "lake-orchestration", "lake-monitoring"):
        assert stack in told


def test_a_product_whose_input_was_never_published_waits(lake: Lake) -> None:
    (run, *_) = [run for run in lake.ledger("daily_punctuality", "run#") if run.get("kind") != "load"]
    assert run["status"] == "waiting"
    assert "flights" in run["cause"]
