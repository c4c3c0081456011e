"""The smoke test of an environment, run twice against a lake on this machine."""

import pytest

from cli.common.smoke_sample import ROWS
from tests.end_to_end.lake import Lake, closes

pytestmark = pytest.mark.matrix


def told(lake: Lake) -> list[str]:
    return lake.run("smoke", "--timeout", "300").stdout.splitlines()


def test_ten_steps_pass_and_a_second_smoke_leaves_as_many_rows_as_the_first(lake: Lake) -> None:
    for _ in range(2):
        lines = told(lake)
        assert [line[:8] for line in lines[:10]] == [f"{number:2} pass " for number in range(1, 11)]
        assert lines[10:] == ["all 10 steps passed"]
        assert lake.query("select count(*) as flights, count(distinct tailnum) as marks from lake_processed.flights") == [
            {"flights": ROWS, "marks": 1}
        ]
    assert lake.query("select count(*) as broken from lake_processed.flights_quarantine") == [{"broken": 2}]
    assert closes(lake.ledger("flights", "object#"))
    assert "Contents" not in lake.client("s3").list_objects_v2(Bucket=lake.output("RawBucket"), Prefix="flights/")


def test_where_a_service_does_not_answer_as_it_should_the_smoke_stops_there_and_says_what_to_do(lake: Lake) -> None:
    lake.client("cloudformation").delete_stack(StackName="lake-monitoring")
    done = lake.run("smoke", fails=True)
    assert " 1 FAIL  stacks are whole: lake-monitoring is not deployed" in done.stdout
    assert "./lake deploy" in done.stdout
    assert "not done: steps 2 to 10" in done.stdout
