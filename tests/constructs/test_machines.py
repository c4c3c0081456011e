from collections.abc import Iterator
from typing import Any

from lake_constructs.machines.intake import IntakeTargets, intake
from lake_constructs.machines.refresh import RefreshTargets, refresh

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
    own = ("RecordStart", "ReadInputs", "RecordWaiting", "Work", "ReadOutcome", "ReadPublication", "Announce", "MarkAnnounced")
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
