"""The waiting for statements, on answers as the Data API gives them."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from lambdas.migrate.data_api import DataApi, StatementError


class Answers:
    """Answers like boto3's client of redshift-data: each look at a statement gives the next of some answers."""

    def __init__(self, looks: Sequence[dict[str, Any]], pages: Sequence[dict[str, Any]] = ()) -> None:
        self.looks, self.pages, self.calls = iter(looks), iter(pages), []  # type: ignore[var-annotated]

    def batch_execute_statement(self, **arguments: Any) -> dict[str, str]:
        self.calls.append(("batch", arguments))
        return {"Id": "one"}

    def execute_statement(self, **arguments: Any) -> dict[str, str]:
        self.calls.append(("single", arguments))
        return {"Id": "one"}

    def describe_statement(self, **_: Any) -> dict[str, Any]:
        return next(self.looks)

    def cancel_statement(self, **arguments: Any) -> None:
        self.calls.append(("cancel", arguments))

    def get_statement_result(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(("page", arguments))
        return next(self.pages)


def api(client: Answers, seconds: float = 60) -> tuple[DataApi, list[float]]:
    waited: list[float] = []
    return (
        DataApi(client=client, workgroup="w", database="d", secret="s", remaining=lambda: seconds - sum(waited), pause=waited.append),
        waited,
    )


def states(*statuses: str) -> Iterator[dict[str, Any]]:
    return ({"Status": status} for status in statuses)


def test_a_transaction_is_waited_for_with_growing_pauses() -> None:
    client = Answers([*states("SUBMITTED", "PICKED", "STARTED", "STARTED", "FINISHED")])
    made, waited = api(client)
    made.run(["select 1", "select 2"], "0001_a")
    (kind, arguments) = client.calls[0]
    assert kind == "batch"
    assert arguments["Sqls"] == ["select 1", "select 2"]
    assert (arguments["WorkgroupName"], arguments["Database"], arguments["SecretArn"]) == ("w", "d", "s")
    assert waited == [0.1, 0.2, 0.4, 0.8]


def test_one_statement_is_no_batch_since_a_batch_is_a_transaction() -> None:
    client = Answers([*states("FINISHED")])
    api(client)[0].run(["create external schema a"], "schema:a")
    assert client.calls[0][0] == "single"


def test_a_failure_names_the_statement_and_has_redshift_s_words() -> None:
    parts = [
        {"Status": "FINISHED", "QueryString": "select 1"},
        {"Status": "FAILED", "Error": 'ERROR: relation "b.c" does not exist', "QueryString": "insert into\n  b.c values (1)"},
        {"Status": "ABORTED"},
    ]
    made, _ = api(Answers([{"Status": "FAILED", "Error": "ERROR", "SubStatements": parts}]))
    with pytest.raises(StatementError) as caught:
        made.run(["select 1", "insert", "select"], "0002_b")
    assert str(caught.value) == ('0002_b: statement 2 of 3 failed: ERROR: relation "b.c" does not exist | insert into b.c values (1)')


def test_what_takes_too_long_is_cancelled_and_told() -> None:
    client = Answers([*states(*["STARTED"] * 20)])
    made, waited = api(client, seconds=3)
    with pytest.raises(StatementError, match="0003_c was still STARTED when the time was over, and was cancelled; nothing of it holds"):
        made.run(["select 1", "select 2"], "0003_c")
    assert client.calls[-1] == ("cancel", {"Id": "one"})
    assert sum(waited) <= 3


def test_rows_come_from_every_page_as_text() -> None:
    columns = [{"name": "a"}, {"name": "b"}]
    pages = [
        {"ColumnMetadata": columns, "Records": [[{"stringValue": "x"}, {"longValue": 1}]], "NextToken": "more"},
        {"ColumnMetadata": columns, "Records": [[{"stringValue": "y"}, {"isNull": True}]]},
    ]
    client = Answers([*states("FINISHED")], pages)
    assert list(api(client)[0].rows("select", "s")) == [{"a": "x", "b": "1"}, {"a": "y", "b": ""}]
    assert client.calls[-1] == ("page", {"Id": "one", "NextToken": "more"})
