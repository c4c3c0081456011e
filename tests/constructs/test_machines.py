from collections.abc import Iterator
from typing import Any

from lake_constructs.machines.intake import IntakeTargets, intake
from lake_constructs.machines.refresh import RefreshTargets, refresh
from lake_constructs.machines.standing import standing
from lake_constructs.machines.upkeep import Upkeep, watch

State = dict[str, Any]
INTAKE = intake(
    IntakeTargets(ledger="ledger", refresh="arn:aws:states:eu-west-1:111122223333:stateMachine:lake-refresh", failures="topic"),
    locations={"flights": ["flights/files/", "flights/stream/"]},
    readers={"flights": ["daily_punctuality"]},
)
REFRESH = refresh(
    RefreshTargets(
        ledger="ledger", refresh="arn:refresh", failures="topic", job_prefix="lake-", event_source="lake.lake", timeout_seconds=3600
    ),
    Upkeep(
        account="111122223333",
        tables={"flights": ["lake_processed.flights", "lake_processed.flights_quarantine"]},
        optimizers=[{"Type": "compaction", "Configuration": {"RoleArn": "arn:role", "Enabled": True}}],
        fingerprint="f1",
    ),
    inputs={"daily_punctuality": ["flights"]},
    cadences={"flights": 600},
)


def assigned(states: dict[str, State]) -> set[str]:
    """Return the variables that states of one scope assign, in their catchers too."""
    places = [place for state in states.values() for place in [state, *state.get("Catch", [])]]
    return {name for place in places for name in place.get("Assign", {})}


def tasks(states: dict[str, State]) -> Iterator[tuple[str, State]]:
    for name, state in states.items():
        if state["Type"] == "Task":
            yield name, state
        if state["Type"] == "Map":
            yield from tasks(state["ItemProcessor"]["States"])


def test_no_iteration_assigns_a_variable_that_the_machine_around_it_assigns_too() -> None:
    inner = INTAKE["States"]["RequestEach"]["ItemProcessor"]["States"]
    assert len(assigned(inner)) >= 4
    assert assigned(inner) & assigned(INTAKE["States"]) == set()


def test_every_task_has_a_timeout_and_retries_a_bounded_number_of_times() -> None:
    found = [*tasks(INTAKE["States"]), *tasks(REFRESH["States"])]
    assert len(found) >= 15
    assert [name for name, task in found if "TimeoutSeconds" not in task or not task.get("Retry")] == []
    assert {retry["MaxAttempts"] for _, task in found for retry in task["Retry"]} <= set(range(1, 11))


def test_every_task_of_a_refresh_that_holds_the_lease_has_a_way_to_the_failure_path() -> None:
    work = ("RecordStart", "ReadInputs", "RecordWaiting", "Work", "ReadOutcome")
    own = (*work, "ReadPublication", "Announce", "MarkAnnounced", "AttachUpkeep", "NoteUpkeep")
    caught = {name: {entry["ErrorEquals"][0] for entry in state.get("Catch", [])} for name, state in REFRESH["States"].items()}
    assert {name for name in own if "States.ALL" not in caught[name]} == set()


def test_every_failure_ends_in_fail_and_no_success_follows_the_record_of_one() -> None:
    reached, waiting = set(), ["RecordFailure"]
    while waiting:
        name = waiting.pop()
        state = REFRESH["States"][name]
        following = [state["Next"]] if "Next" in state else []
        following += [entry["Next"] for entry in state.get("Catch", [])]
        waiting += [each for each in following if each not in reached]
        reached.update([name, *following])
    assert "Failed" in reached
    assert {name for name in reached if REFRESH["States"][name]["Type"] == "Succeed"} == set()


def test_upkeep_is_attached_where_the_ledger_does_not_know_of_it_and_what_is_there_already_is_no_failure() -> None:
    states = REFRESH["States"]
    assert states["IsKept"]["Choices"][0]["Condition"] == "{% $snapshot = '' or $kept = 'f1' %}"
    assert (states["IsKept"]["Default"], states["AttachUpkeep"]["Next"], states["NoteUpkeep"]["Next"]) == (
        "AttachUpkeep",
        "NoteUpkeep",
        "Release",
    )
    one = states["AttachUpkeep"]["ItemProcessor"]["States"]["EachOptimizer"]["ItemProcessor"]["States"]
    assert one["CreateOptimizer"]["Catch"] == [{"ErrorEquals": ["Glue.AlreadyExistsException"], "Next": "UpdateOptimizer"}]
    assert one["CreateOptimizer"]["Arguments"] == one["UpdateOptimizer"]["Arguments"]


def test_the_watch_takes_a_hundred_datasets_at_once_and_sends_a_count_for_each_group() -> None:
    tables = {f"dataset_{number}": [f"lake_processed.dataset_{number}"] for number in range(250)}
    machine = watch("lake", "ledger", "111122223333", tables=tables, kinds=["compaction"])
    assert [len(group["datasets"]) for group in machine["States"]["EachGroup"]["Items"]] == [100, 100, 50]
    found = dict(tasks(machine["States"]))
    assert found.keys() == {"ReadPublications", "GetOptimizer", "SendCount"}
    assert [name for name, task in found.items() if "TimeoutSeconds" not in task or not task.get("Retry")] == []


def test_the_look_at_what_stands_still_adds_up_all_groups_and_sends_once() -> None:
    machine = standing("lake", "ledger", datasets=[f"dataset_{number}" for number in range(250)], hours=7)
    assert [len(group["datasets"]) for group in machine["States"]["EachGroup"]["Items"]] == [100, 100, 50]
    assert machine["States"]["EachGroup"]["Next"] == "SendCounts"
    found = dict(tasks(machine["States"]))
    assert found.keys() == {"ReadLeases", "CountWaiting", "SendCounts"}
    assert [name for name, task in found.items() if "TimeoutSeconds" not in task or not task.get("Retry")] == []
    assert f"- {7 * 3600 * 1000})" in found["CountWaiting"]["Arguments"]["ExpressionAttributeValues"][":since"]["S"]
