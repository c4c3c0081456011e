"""The rules of ours on our own templates, whole and with a fault."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from lake_constructs.validation.every import RULES, findings
from lake_constructs.validation.rule import Rule
from lake_constructs.validation.templates import Templates
from tests.stacks.mutate import Mutation, graph
from tests.stacks.mutations import MUTATIONS
from tests.stacks.synthesis import Assembly

OURS = [mutation for mutation in MUTATIONS if mutation.rule]
# rule -> the least number of resources that it looks at in prod
SEEN = {
    "what-is-kept-leaves-the-next-deploy-its-name": 10,
    "key-lets-logs-encrypt": 2,
    "key-lets-logs-of-jobs-encrypt": 1,
    "key-lets-services-deliver": 8,
    "role-may-use-the-keys": 6,
    "job-may-encrypt-its-log-and-bookmark": 3,
    "destination-lets-services-deliver": 8,
    "bucket-sends-its-events": 2,
    "subscription-can-be-delivered": 1,
    "policy-is-there-before-what-uses-it": 7,
    "role-trusts-its-service": 7,
    "role-may-start-the-target": 2,
    "definition-is-valid": 2,
    "log-group-has-the-vended-prefix": 2,
    "role-may-do-what-the-tasks-do": 2,
    "role-may-write-log-and-trace": 2,
    "schedule-is-valid": 2,
    "event-pattern-is-valid": 2,
    "job-arguments-are-valid": 3,
    "job-configuration-is-of-one-piece": 3,
    "job-settings-agree": 3,
    "job-finds-its-security-configuration": 3,
    "database-can-be-queried": 3,
    "workgroup-answers": 1,
    "role-may-deliver-the-stream": 1,
    "delivery-settings-agree": 1,
    "alarm-watches-what-exists": 16,
    "namespace-is-encrypted-and-audited": 1,
    "namespace-can-read-the-lake": 1,
    "workgroup-is-closed-and-bounded": 1,
    "workgroup-has-a-limit-that-acts": 1,
    "workgroup-reaches-the-lake": 1,
    "endpoint-lets-the-warehouse-through": 3,
    "job-is-bounded": 8,
    "queries-are-cut-off": 1,
    "log-group-ends": 10,
    "bucket-uses-its-key-seldom": 5,
    "network-has-no-nat": 1,
    "budget-tells-somebody": 1,
    "function-may-do-its-work": 2,
    "function-may-write-its-log": 3,
    "actions-exist": 21,
    "physical-names-do-not-clash": 28,
    "references-to-stacks-find-their-output": 43,
    "what-others-refer-to-stays": 43,
}
# tests/constructs has the first, test_api_pull.py the others
ONLY_ON_TEMPLATES_OF_THEIR_OWN = {"dashboard-shows-what-exists", "role-may-set-failures-aside", "pull-may-do-its-work"}


@pytest.fixture(scope="session")
def graphs(assemblies: Mapping[str, Assembly]) -> Mapping[str, Templates]:
    return {environment: graph(assembly) for environment, assembly in assemblies.items()}


@pytest.mark.parametrize("environment", ["prod", "dev", "local"])
def test_no_rule_has_a_finding_in_an_environment_of_ours(environment: str, graphs: Mapping[str, Templates]) -> None:
    assert [str(finding) for finding in findings(graphs[environment])] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_looks_at_as_many_resources_as_there_are(rule: Rule, graphs: Mapping[str, Templates]) -> None:
    least = 0 if rule.name in ONLY_ON_TEMPLATES_OF_THEIR_OWN else SEEN[rule.name]
    assert len(rule.seen(graphs["prod"])) >= least


@pytest.mark.parametrize("mutation", OURS, ids=lambda mutation: mutation.what)
def test_a_fault_is_caught_by_its_rule_and_told_with_how_to_mend_it(mutation: Mutation, prod: Assembly) -> None:
    (rule,) = [rule for rule in RULES if rule.name == mutation.rule]
    found = list(rule.findings(graph(prod, {mutation.stack: mutation.of(prod.templates[mutation.stack])})))
    assert found
    assert all(finding.problem and finding.mend for finding in found)


def test_every_rule_that_looks_at_our_templates_has_a_fault_that_it_catches() -> None:
    assert {rule.name for rule in RULES} - {mutation.rule for mutation in OURS} == ONLY_ON_TEMPLATES_OF_THEIR_OWN


def test_every_type_of_our_templates_has_a_fault(prod: Assembly) -> None:
    kinds = {mutation.kind(prod.templates[mutation.stack]) for mutation in MUTATIONS}
    assert {resource["Type"] for resource in prod.resources().values()} - kinds == set()


def test_faults_are_a_hundred_at_least_and_each_stands_once() -> None:
    assert len(MUTATIONS) >= 100
    assert [what for what, count in Counter(mutation.what for mutation in MUTATIONS).items() if count > 1] == []


def test_the_page_of_faults_has_each_of_them() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mutations.md").read_text(encoding="utf-8")
    assert [mutation.what for mutation in MUTATIONS if f"| {mutation.what} |" not in page] == []
    assert f"{len(MUTATIONS)} faults" in page
