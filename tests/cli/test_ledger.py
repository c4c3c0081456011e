import json
from collections.abc import Mapping

import pytest

from cli.common.ledger import Ledger, plain
from cli.common.session import Lake
from config import read

JOB_RUN = {"Id": "jr_1", "JobRunState": "FAILED", "ErrorMessage": "AccessDenied: s3:GetObject"}


class Table:
    """A DynamoDB client that answers every query with the items it was made of."""

    def __init__(self, *items: Mapping[str, object]) -> None:
        self.items = items

    def get_paginator(self, name: str) -> "Table":
        assert name == "query"
        return self

    def paginate(self, **request: object) -> list[dict[str, object]]:
        self.request = request
        return [{"Items": self.items}]


def ledger(*items: Mapping[str, object]) -> Ledger:
    lake = Lake("local", read.settings(read.ROOT / "config" / "local.yaml"))
    lake.__dict__["dynamodb"] = Table(*items)
    return Ledger(lake, "ledger")


def test_a_runs_name_is_its_executions() -> None:
    (run,) = ledger({"item": {"S": "run#flights-1"}, "read": {"N": "3"}}).runs("flights", most=1)
    assert (run["run"], run["read"]) == ("flights-1", 3)


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        (f"States.TaskFailed: {json.dumps(JOB_RUN)}", "AccessDenied: s3:GetObject (job run jr_1)"),
        (f"States.TaskFailed: {json.dumps({**JOB_RUN, 'ErrorMessage': None})}", "FAILED (job run jr_1)"),
        ("audit failed: 3 rows", "audit failed: 3 rows"),
        ("States.TaskFailed: [1]", "States.TaskFailed: [1]"),
    ],
)
def test_the_cause_of_a_failure_is_a_sentence(recorded: str, told: str) -> None:
    (run,) = ledger({"item": {"S": "run#flights-1"}, "cause": {"S": recorded}}).runs("flights", most=1)
    assert run["cause"] == told


def test_objects_whose_rows_are_in_a_table_are_not_odd() -> None:
    states = ["arrived", "accounted", "refused", "superseded", "gone"]
    odd = ledger(*({"item": {"S": f"object#{state}"}, "state": {"S": state}} for state in states)).undone("flights")
    assert [item["state"] for item in odd] == ["refused", "superseded", "gone"]


def test_whole_numbers_are_read_as_such() -> None:
    assert plain({"a": {"N": "3"}, "b": {"N": "2.5"}, "c": {"SS": ["x"]}}) == {"a": 3, "b": 2.5, "c": {"x"}}
