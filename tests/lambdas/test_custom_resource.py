import pytest

from lambdas.common.custom_resource import answer, is_request
from tests.lambdas.conftest import Answered


def test_what_was_made_is_told_by_its_id(answered: Answered) -> None:
    answer(answered.request("Create"), lambda: "made")
    assert answered.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "done",
            "PhysicalResourceId": "made",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "Plan",
        }
    ]


@pytest.mark.parametrize(("kind", "known_as"), [("Create", "Plan"), ("Update", "made"), ("Delete", "made")])
def test_whatever_goes_wrong_is_told_and_never_waited_for(kind: str, known_as: str, answered: Answered) -> None:
    def act() -> str:
        raise ValueError("x" * 9000)

    answer(answered.request(kind), act)
    (told,) = answered.answers
    assert told["Status"] == "FAILED"
    assert told["Reason"].startswith("ValueError: xxx")
    assert len(told["Reason"]) <= 1000
    assert told["PhysicalResourceId"] == known_as


def test_what_a_person_sends_is_no_request_of_cloudformation_s() -> None:
    assert not is_request({"action": "status"})
