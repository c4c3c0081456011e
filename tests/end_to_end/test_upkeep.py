"""Upkeep from the deploy to the files: attached once, run by the verb, and no answer changes."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.end_to_end.files import months
from tests.end_to_end.lake import Lake, eventually

KINDS = ("compaction", "retention", "orphan_file_deletion")
ANSWER = "select count(*) as flights, sum(_record_hash % 1000003) as hash from lake_processed.flights"
TABLES = ("flights", "flights_quarantine")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files whose rows are of one day, so that each makes a file in one partition."""
    header, *records = months()[0].read_bytes().splitlines()
    made = []
    for number in range(4):
        made.append(tmp_path_factory.mktemp("files") / f"part-{number}.csv")
        made[-1].write_bytes(b"\n".join([header, *records[200 * number : 200 * (number + 1)], b""]))
    return made


def attached(lake: Lake) -> dict[tuple[str, str], bool]:
    """Return whether each optimizer of the tables of flights is on."""
    glue = lake.client("glue")
    return {
        (table, kind): glue.get_table_optimizer(CatalogId="000000000000", DatabaseName="lake_processed", TableName=table, Type=kind)[
            "TableOptimizer"
        ]["configuration"]["enabled"]
        for table in TABLES
        for kind in KINDS
    }


def entered(lake: Lake, run: str) -> set[str]:
    """Return the states that a refresh came through."""
    machine = lake.output("RefreshMachineArn").replace(":stateMachine:", ":execution:")
    pages = lake.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=f"{machine}:{run}")
    return {event["stateEnteredEventDetails"]["name"] for page in pages for event in page["events"] if "stateEnteredEventDetails" in event}


def maintained(lake: Lake) -> dict[tuple[str, str], dict[str, str]]:
    rows = json.loads(lake.run("maintain", "flights", "--format", "json").stdout)
    return {(row["table"].removeprefix("lake_processed."), row["optimizer"]): row for row in rows}


def test_optimizers_are_attached_once_and_run_by_the_verb_without_changing_an_answer(lake: Lake, files: list[Path]) -> None:
    lake.land("flights", files[0])
    lake.wait()
    assert attached(lake) == {(table, kind): True for table in TABLES for kind in KINDS}
    lake.land("flights", files[1])
    lake.wait()
    first, second = sorted(item["run"] for item in lake.ledger("flights", "run#"))
    assert {"IsKept", "AttachUpkeep", "NoteUpkeep"} <= entered(lake, first)
    assert {"IsKept", "AttachUpkeep"} & entered(lake, second) == {"IsKept"}
    answer = lake.query(ANSWER)
    assert answer[0]["flights"] == 400
    found = maintained(lake)
    assert found.keys() == {(table, kind) for table in TABLES for kind in KINDS}
    assert {row["state"] for row in found.values()} == {"completed"}
    assert (found["flights", "compaction"]["data files"], found["flights", "compaction"]["did"]) == ("2 -> 1", "2 files compacted")
    assert lake.query(ANSWER) == answer


@pytest.mark.matrix
def test_a_real_job_that_stands_still_between_write_and_publish_while_tables_are_compacted_publishes_all(
    lake: Lake, files: list[Path]
) -> None:
    """The first test has left one file; one more makes the compaction rewrite."""
    lake.land("flights", files[2])
    lake.wait()
    known = set((lake.home / "jobs").glob("*.log"))
    lake.land("flights", files[3])
    log = stopped_after(lake, '"step": "written"', known)
    try:
        found = maintained(lake)
    finally:
        os.killpg(int(log.with_suffix(".pid").read_text()), signal.SIGCONT)
    lake.wait()
    assert found["flights", "compaction"]["did"] == "2 files compacted"
    assert log.read_text().count('"step": "moved"') == 1
    assert lake.query(ANSWER)[0]["flights"] == 800


def stopped_after(lake: Lake, text: str, known: set[Path]) -> Path:
    """Halt a new job as soon as it says something, and return its log."""
    stopped: list[Path] = []

    def said() -> bool:
        stopped.extend(log for log in set((lake.home / "jobs").glob("*.log")) - known if text in log.read_text(errors="replace"))
        for log in stopped[:1]:
            os.killpg(int(log.with_suffix(".pid").read_text()), signal.SIGSTOP)
        return bool(stopped)

    eventually(said, text)
    return stopped[0]


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("sid", "action"),
    [("PassUpkeepRole", "iam:PassRole"), pytest.param("AttachUpkeep", "glue:CreateTableOptimizer", marks=pytest.mark.matrix)],
)
def test_a_refresh_that_may_not_attach_upkeep_fails_naming_the_action_though_it_has_published(
    sid: str, action: str, deployed: tuple[Lake, Path], lake: Lake, files: list[Path]
) -> None:
    lake.restore(deployed[1])
    iam = lake.client("iam")
    (role,) = [found["RoleName"] for found in iam.list_roles()["Roles"] if "RefreshRole" in found["RoleName"]]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != sid]
    assert len(kept) == len(policy["Statement"]) - 1
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps({**policy, "Statement": kept}))
    lake.land("flights", files[0])
    assert f"not authorized to perform: {action}" in lake.wait(fails=True)
    assert lake.query(ANSWER)[0]["flights"] == 200
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
    lake.request("flights")
    lake.wait()
    assert attached(lake)["flights", "retention"]
