import json

import pytest

from lake_constructs.machines.load import LONGEST_PAUSE, LoadTargets, load
from lake_constructs.machines.load_request import load_request
from lake_constructs.validation.definition import problems
from tests.constructs.test_machines import State, tasks

ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:lake-load"
LOAD = load(
    LoadTargets(ledger="ledger", load=ARN, failures="topic", workgroup="lake-warehouse", database="lake", timeout_seconds=900),
    statements={"p": ["select '{as_of}'", "select {rows}", "insert '{snapshot}', '{run}'"]},
)
REQUEST = load_request("ledger", ARN)
# before anything is noted, the machine that looks after executions that ended badly has the failure path
WITHOUT_FAILURE_PATH = {"ReadLease", "Note", "TellOfFailure", "RecordFailure"}


def following(state: State) -> list[str]:
    return [
        *([state["Next"]] if "Next" in state else []),
        *([state["Default"]] if "Default" in state else []),
        *(entry["Next"] for entry in (*state.get("Catch", []), *state.get("Choices", []))),
    ]


def reached(start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = set(following(LOAD["States"][waiting.pop()])) - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("definition", [LOAD, REQUEST], ids=["load", "request"])
def test_the_definition_is_valid(definition: State) -> None:
    assert list(problems(definition, express=definition is REQUEST)) == []


def test_every_task_has_a_timeout_and_retries_a_bounded_number_of_times() -> None:
    found = [*tasks(LOAD["States"]), *tasks(REQUEST["States"])]
    assert len(found) >= 15
    assert [name for name, task in found if "TimeoutSeconds" not in task or not task.get("Retry")] == []


def test_every_task_of_a_load_that_holds_the_lease_has_a_way_to_the_failure_path() -> None:
    held = {name for name, _ in tasks(LOAD["States"])} - WITHOUT_FAILURE_PATH - {n for n in LOAD["States"] if n.startswith("Release")}
    assert len(held) >= 8
    caught = {name: {entry["ErrorEquals"][0] for entry in LOAD["States"][name].get("Catch", [])} for name in held}
    assert {name for name in held if "States.ALL" not in caught[name]} == set()


def test_a_failure_is_recorded_told_hands_the_lease_on_and_ends_in_fail() -> None:
    after = reached("RecordFailure")
    assert {"TellOfFailure", "ReleaseAfterFailure", "Failed"} <= after
    assert {name for name in after if LOAD["States"][name]["Type"] == "Succeed"} == set()


def test_only_a_transaction_that_finished_is_recorded_as_loaded() -> None:
    before = {name for name, state in LOAD["States"].items() if "RecordLoad" in following(state)}
    assert before == {"HowIsIt"}
    (condition,) = [c["Condition"] for c in LOAD["States"]["HowIsIt"]["Choices"] if c["Next"] == "RecordLoad"]
    assert condition == "{% $status = 'FINISHED' %}"


def test_the_wait_for_a_transaction_is_bounded_and_ends_with_its_cancellation() -> None:
    choices = {choice["Next"]: choice["Condition"] for choice in LOAD["States"]["HowIsIt"]["Choices"]}
    assert "> 900000" in choices["Cancel"]
    assert following(LOAD["States"]["Cancel"]) == ["RecordFailure", "RecordFailure"]
    assert str(LONGEST_PAUSE) in LOAD["States"]["Pause"]["Seconds"]


def test_a_repeated_call_begins_no_second_transaction() -> None:
    assert "$run" in LOAD["States"]["Begin"]["Arguments"]["ClientToken"]


def test_moment_snapshot_and_rows_come_from_one_read_of_the_ledger() -> None:
    assert set(LOAD["States"]["ReadPublication"]["Assign"]) == {"snapshot", "rows", "moment"}
    written = LOAD["States"]["WriteTransaction"]["Assign"]["statements"]
    assert [name for name in ("{as_of}", "{rows}", "{snapshot}", "{run}") if f"'{name}'" not in written] == []


def test_loads_and_refreshes_of_one_dataset_do_not_wait_for_each_other() -> None:
    items = {
        task["Arguments"]["Key"]["item"]["S"]
        for _, task in [*tasks(LOAD["States"]), *tasks(REQUEST["States"])]
        if "Key" in task["Arguments"]
    }
    assert "load_lease" in items
    assert "lease" not in items
    assert "'run#'" in json.dumps(LOAD)
