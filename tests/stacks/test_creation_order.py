"""The same promise as the rule on policies, seen another way: CloudFormation may create resources in any order that the template allows."""

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

from lake_constructs.validation.policies import many, policies_of
from lake_constructs.validation.rules.roles import TRUSTED, roles_used
from lake_constructs.validation.templates import StackTemplate, Templates, references
from tests.stacks.mutate import Mutation, graph
from tests.stacks.mutations import MUTATIONS
from tests.stacks.synthesis import Assembly

ORDERS = 200
SEED = random.SystemRandom().randrange(2**32)


def direct(stack: StackTemplate) -> dict[str, set[str]]:
    """What each resource of a stack waits for, as it stands in the template."""
    resources: Mapping[str, Any] = stack.template["Resources"]
    return {
        name: ({found.name for found in references(stack.name, body.get("Properties", {}))} | set(many(body.get("DependsOn"))))
        & resources.keys()
        for name, body in resources.items()
    }


def legal_order(waits_for: Mapping[str, set[str]], choice: random.Random) -> list[str]:
    created: list[str] = []
    missing = {name: len(others) for name, others in waits_for.items()}
    awaited_by: dict[str, list[str]] = {name: [] for name in waits_for}
    for name, others in sorted(waits_for.items()):
        for other in others:
            awaited_by[other].append(name)
    ready = sorted(name for name, number in missing.items() if not number)
    while ready:
        created.append(ready.pop(choice.randrange(len(ready))))
        for name in awaited_by[created[-1]]:
            missing[name] -= 1
            if not missing[name]:
                ready.append(name)
    assert len(created) == len(waits_for), f"these wait for each other: {sorted(waits_for.keys() - created)}"
    return created


def pairs(templates: Templates) -> Iterator[tuple[StackTemplate, str, str]]:
    """Yield each stack with a resource and a policy of the role that it works under."""
    for user in templates.resources(*TRUSTED):
        for role in roles_used(templates, user):
            for policy in policies_of(templates, role):
                if policy.stack is user.stack:
                    yield user.stack, user.logical_id, policy.logical_id


def too_early(templates: Templates, seed: int) -> set[tuple[str, str]]:
    """Return who was created before a policy of its role, in any of many random legal orders."""
    choice, found = random.Random(seed), set()
    wanted = list(pairs(templates))
    for stack in templates.stacks:
        waits_for, own = direct(stack), [(user, policy) for at, user, policy in wanted if at is stack]
        for _ in range(ORDERS if own else 0):
            place = {name: position for position, name in enumerate(legal_order(waits_for, choice))}
            found |= {(user, policy) for user, policy in own if place[user] < place[policy]}
    return found


def test_a_role_s_policy_is_created_before_what_uses_it_in_every_order_that_cloudformation_may_choose(prod: Assembly) -> None:
    templates = graph(prod)
    assert len(list(pairs(templates))) >= 7
    assert too_early(templates, SEED) == set(), f"seed {SEED}"


def test_a_lost_dependency_shows_in_some_order(prod: Assembly) -> None:
    faults = [mutation for mutation in MUTATIONS if mutation.rule == "policy-is-there-before-what-uses-it"]
    assert len(faults) >= 4
    assert [fault.what for fault in faults if not too_early(broken(fault, prod), SEED)] == [], f"seed {SEED}"


def broken(fault: Mutation, prod: Assembly) -> Templates:
    return graph(prod, {fault.stack: fault.of(prod.templates[fault.stack])})


def test_a_table_is_made_after_its_database_though_it_names_it_by_a_literal(prod: Assembly) -> None:
    databases = {
        resource["Properties"]["DatabaseInput"]["Name"]: stack for (stack, _), resource in prod.resources("AWS::Glue::Database").items()
    }
    artifacts = json.loads((prod.folder / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    tables = prod.resources("AWS::Glue::Table")
    assert len(tables) >= 2
    for (stack, _), table in tables.items():
        assert databases[table["Properties"]["DatabaseName"]] in artifacts[stack]["dependencies"], table
