import io
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import maintain
from cli.__main__ import main
from cli.common import optimizers
from cli.common.optimizers import KINDS, State, Table
from config.read import settings

TABLE = Table("lake_processed", "flights", 3)
DONE = {"eventType": "completed", "endTimestamp": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}
METADATA = {
    "current-snapshot-id": 2,
    "snapshots": [{"snapshot-id": 1, "summary": {}}, {"snapshot-id": 2, "summary": {"total-data-files": "3"}}],
}


class Glue:
    """A catalog of one table, whose optimizers stand as they are told to."""

    def __init__(self, found: dict[str, dict[str, Any]]) -> None:
        self.found = found

    def get_table(self, DatabaseName: str, Name: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        if (DatabaseName, Name) != ("lake_processed", "flights"):
            raise ClientError({"Error": {"Code": "EntityNotFoundException", "Message": ""}}, "GetTable")
        return {"Table": {"Parameters": {"metadata_location": "s3://processed/flights/metadata/2.json"}}}

    def get_table_optimizer(self, Type: str, **_: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        if Type not in self.found:
            raise ClientError({"Error": {"Code": "EntityNotFoundException", "Message": ""}}, "GetTableOptimizer")
        return {"TableOptimizer": self.found[Type]}


class S3:
    def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(json.dumps(METADATA).encode())}


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What the optimizers of flights are, in an account."""
    found: dict[str, dict[str, Any]] = {kind: {"configuration": {"enabled": True}, "lastRun": DONE} for kind in KINDS}
    lake = SimpleNamespace(environment="dev", settings=settings("dev"), glue=Glue(found), s3=S3())
    monkeypatch.setattr(maintain, "connect", lambda _: lake)
    monkeypatch.setattr(optimizers, "start", lambda *_: pytest.fail("Glue runs its optimizers itself"))
    return found


def test_on_aws_the_verb_runs_nothing_and_shows_how_each_optimizer_stands(
    on_aws: dict[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["maintain", "flights", "--env", "dev", "--format", "json"]) == 0
    told = capsys.readouterr()
    assert "Glue's optimizers keep these tables by themselves" in told.err
    rows = json.loads(told.out)
    assert [(row["table"], row["optimizer"], row["data files"], row["state"]) for row in rows] == [
        ("lake_processed.flights", kind, "3", "completed") for kind in KINDS
    ]
    assert {row["ended"] for row in rows} == {"2026-01-02 03:04:05"}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"configuration": {"enabled": False}, "lastRun": DONE}, "is suspended"),
        ({"configuration": {"enabled": True}, "lastRun": {"eventType": "failed", "error": "denied"}}, "is failed"),
        (None, "is not attached"),
    ],
)
def test_an_optimizer_that_does_not_work_is_named_and_the_verb_fails(
    found: Any, said: str, on_aws: dict[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    del on_aws["retention"]
    if found:
        on_aws["retention"] = found
    assert main(["maintain", "flights", "--env", "dev"]) == 1
    assert f"retention of lake_processed.flights {said}: see docs/runbook.md" in capsys.readouterr().err


def test_a_dataset_without_a_table_is_told_how_to_get_one(on_aws: dict[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["maintain", "airlines", "--env", "dev"]) == 1
    assert "airlines has no table yet; land a file: ./lake land airlines FILE" in capsys.readouterr().err


def test_what_a_run_did_is_told_in_words_and_what_it_did_not_is_left_out() -> None:
    metrics = {"NumberOfDataFilesDeleted": 4, "NumberOfManifestFilesDeleted": 0, "NumberOfManifestListsDeleted": 2, "DpuHours": 0.1}
    state = State(TABLE, "retention", True, {**DONE, "retentionMetrics": {"IcebergMetrics": metrics}})
    assert (state.word, state.did) == ("completed", "4 data files deleted, 2 snapshots expired")
    assert (State(TABLE, "retention", True).word, State(TABLE, "retention", True).did) == ("never ran", "")


def test_a_number_of_files_that_changed_is_shown_before_and_after() -> None:
    after = State(Table("lake_processed", "flights", 1), "compaction", True, DONE)
    assert maintain.row(after, [TABLE])[1] == "3 -> 1"
    assert maintain.row(after, [Table("lake_processed", "flights", 1)])[1] == "1"
