"""Each permission of the stack that takes in records is needed: without it, a rule of ours finds what could not be done."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from lake_constructs.validation.every import findings
from tests.stacks.mutate import graph
from tests.stacks.synthesis import Assembly
from tests.stacks.test_permissions import statements

STACK = "Ingestion"


def lacking_one(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the template without one action of one statement of a policy, for each of them in turn."""
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::IAM::Policy":
            continue
        for number, statement in enumerate(resource["Properties"]["PolicyDocument"]["Statement"]):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            for action in actions:
                broken = copy.deepcopy(template)
                held = broken["Resources"][name]["Properties"]["PolicyDocument"]["Statement"]
                held[number]["Action"] = [other for other in actions if other != action] or ["sts:GetCallerIdentity"]
                yield f"{name} {statement['Sid']} {action}", broken


def test_a_rule_turns_red_for_each_action_of_each_statement_that_is_taken_away(prod: Assembly) -> None:
    taken = dict(lacking_one(prod.templates[STACK]))
    assert len(taken) >= 18
    assert findings(graph(prod)) == []
    assert [what for what, broken in taken.items() if not findings(graph(prod, {STACK: broken}))] == []


def test_delivery_may_neither_delete_nor_read_what_others_keep(prod: Assembly) -> None:
    (policy,) = [p for (_, name), p in prod.resources("AWS::IAM::Policy").items() if name.startswith("DeliveryAccessRole")]
    allowed = json.dumps(policy)
    assert "Delete" not in allowed
    assert "dynamodb" not in allowed
    assert "ProcessedBucket" not in allowed


def test_delivery_writes_under_the_folders_of_streams_and_of_errors_alone(prod: Assembly) -> None:
    written = statements(prod, "DeliveryAccessRole")["Deliver"]["Resource"]
    assert [resource["Fn::Join"][1][-1] for resource in written] == ["/*/stream/ingest_date=*/*", "/_errors/stream/*/ingest_date=*/*"]
