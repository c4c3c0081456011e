from typing import Any

import pytest

from lake_constructs.validation.definition import problems

TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sns:publish",
    "TimeoutSeconds": 60,
    "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 3}],
    "End": True,
}


def machine(**states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


def branch(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


CAUGHT = branch(A={**TASK, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]}, B={"Type": "Pass", "End": True})
WAS_ALL_WELL = {"Type": "Choice", "Choices": [{"Condition": "{% $states.input = [] %}", "Next": "Well"}], "Default": "NotWell"}


@pytest.mark.parametrize(
    "definition",
    [
        machine(Tell=TASK),
        machine(
            Each={"Type": "Map", "ItemProcessor": CAUGHT, "Next": "WasAllWell"},
            WasAllWell=WAS_ALL_WELL,
            Well={"Type": "Succeed"},
            NotWell={"Type": "Fail"},
        ),
        machine(Both={"Type": "Parallel", "Branches": [branch(A=TASK), branch(B={"Type": "Pass", "End": True})], "End": True}),
        machine(A={"Type": "Pass", "Assign": {"a": 1}, "Next": "B"}, B={"Type": "Pass", "Output": "{% $a + $sum([1]) %}", "End": True}),
        machine(A={"Type": "Pass", "Output": "{% ($b := 1; $map([1], function($x) { $x + $b })) %}", "End": True}),
        machine(A={"Type": "Pass", "Output": "{% 'a ) and $c' %}", "End": True}),
    ],
)
def test_a_valid_definition_has_no_problem(definition: dict[str, Any]) -> None:
    assert list(problems(definition)) == []


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ({"StartAt": "A", "States": {}}, "QueryLanguage is None"),
        (machine(A={"Type": "Pass", "Next": "A"}), "state A: no path from it ends"),
        (machine(A={**TASK, "TimeoutSeconds": 0}), "TimeoutSeconds is 0"),
        (
            machine(A={"Type": "Parallel", "Branches": [branch(B={"Type": "Pass"})], "End": True}),
            "state B: it has to have one of Next and End",
        ),
        (machine(**{"A" * 81: {"Type": "Succeed"}}), "its name has 81 characters"),
        (machine(A={"Type": "Succeed", "End": True}), "it ends the execution, and has Next or End too"),
        (machine(A={**TASK, "Retry": [{"ErrorEquals": ["States.Timeout"]}]}), "a retry does not say how often it is made"),
        (
            machine(
                A={"Type": "Pass", "Assign": {"a": 1}, "Next": "B"},
                B={"Type": "Map", "ItemProcessor": branch(C={"Type": "Pass", "Assign": {"a": 2}, "End": True}), "End": True},
            ),
            "$a is assigned in an iteration, and around it too",
        ),
        (machine(A={**TASK, "Catch": [{"Next": "B"}]}, B={"Type": "Fail"}), "a catch names no error"),
        (
            machine(Each={"Type": "Map", "ItemProcessor": CAUGHT, "End": True}),
            "what fails there goes to B, from which no path leads to a Fail",
        ),
    ],
)
def test_a_fault_is_told_with_its_state(definition: dict[str, Any], problem: str) -> None:
    assert any(problem in found for found in problems(definition))


def test_an_express_machine_waits_for_nothing() -> None:
    waiting = machine(A={**TASK, "Resource": "arn:aws:states:::glue:startJobRun.sync"})
    assert list(problems(waiting)) == []
    assert list(problems(waiting, express=True)) == ["state A: an express machine cannot wait for arn:aws:states:::glue:startJobRun.sync"]
