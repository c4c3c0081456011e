"""Every fault against every check, as docs/mutations.md tells it: `./lake test --all --update tests/stacks/test_mutation_table.py` writes it."""

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from lake_constructs.validation.every import RULES, findings
from lake_constructs.validation.templates import StackTemplate, Templates
from tests.stacks import (
    test_alarms,
    test_crawlers,
    test_dashboards,
    test_ingestion,
    test_nag,
    test_permissions,
    test_rules,
    test_stateful,
    test_warehouse,
)
from tests.stacks.linters import CDK, NAG, cdk_and_nag, cfn_lint
from tests.stacks.mutate import Mutation, graph
from tests.stacks.mutations import MUTATIONS
from tests.stacks.synthesis import ROOT, Assembly

TABLE = ROOT / "docs" / "mutations.md"
COLUMNS = ("CDK's own validation", "cfn-lint", "cdk-nag", "our rules", "our tests")
MODULES = (
    test_alarms,
    test_crawlers,
    test_dashboards,
    test_ingestion,
    test_nag,
    test_permissions,
    test_rules,
    test_stateful,
    test_warehouse,
)
Caught = Mapping[str, list[str]]

pytestmark = [pytest.mark.end_to_end, pytest.mark.matrix]


def test_the_table_says_which_check_catches_which_fault_and_none_goes_uncaught(prod: Assembly, request: pytest.FixtureRequest) -> None:
    before = {name: checked(stack, graph(prod)) for name, stack in by_construct(prod, graph(prod)).items()}
    rows = [(mutation, caught(mutation, prod, before[mutation.stack])) for mutation in MUTATIONS]
    text = "".join(f"{line}\n" for line in page(rows, prod))
    if request.config.getoption("update_snapshots"):
        TABLE.write_text(text, encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == text, f"{TABLE.name} is not what the checks find: run this test with --update"
    assert [mutation.what for mutation, found in rows if not any(found.values())] == []


def by_construct(prod: Assembly, templates: Templates) -> dict[str, StackTemplate]:
    return dict(zip(prod.templates, templates.stacks, strict=True))


def checked(stack: StackTemplate, templates: Templates) -> dict[str, set[str]]:
    """What the checks of others find in one template."""
    return {**cdk_and_nag(stack, templates), "cfn-lint": cfn_lint(stack)}


def caught(mutation: Mutation, prod: Assembly, before: Mapping[str, set[str]]) -> Caught:
    """What each check finds that it did not find before, by its rules."""
    broken = {mutation.stack: mutation.of(prod.templates[mutation.stack])}
    templates = graph(prod, broken)
    after = checked(by_construct(prod, templates)[mutation.stack], templates)
    new = {check: sorted({finding.split(" ")[0] for finding in after[check] - before[check]}) for check in after}
    ours = [rule.name for rule in RULES if rule.name in {finding.rule for finding in findings(templates)}]
    failed = ["fails"] if any(failing(dataclasses.replace(prod, templates={**prod.templates, **broken}))) else []
    return dict(zip(COLUMNS, (new[CDK], new["cfn-lint"], new[NAG], ours, failed), strict=True))


def failing(assembly: Assembly) -> Iterator[str]:
    """Yield the tests on single resources that fail; snapshots, which fail at every change, are left out."""
    for kind, _, rule, _ in test_rules.RULES:
        if not all(test_rules.keeps(rule, resource.get("Properties", {})) for resource in assembly.resources(kind).values()):
            yield rule.__name__
    for module in MODULES:
        for name, test in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and list(inspect.signature(test).parameters) == ["prod"] and not passes(test, assembly):
                yield name


def passes(test: Callable[[Assembly], Any], assembly: Assembly) -> bool:
    try:
        test(assembly)
    except (AssertionError, KeyError, ValueError, IndexError):  # a test that cannot find what it looks at fails as well
        return False
    return True


def page(rows: list[tuple[Mutation, Caught]], prod: Assembly) -> Iterator[str]:
    total = {column: sum(bool(found[column]) for _, found in rows) for column in COLUMNS}
    only_ours = sum(bool(found["our rules"]) and not any(found[column] for column in COLUMNS[:3]) for _, found in rows)
    yield "# Which check catches which fault"
    yield ""
    yield f"{len(rows)} faults in the templates of prod, made one at a time, and what finds each. Written by `tests/stacks/test_mutation_table.py`."
    yield ""
    yield from (f"* {column}: {count}" for column, count in total.items())
    yield ""
    yield f"{only_ours} are found by our rules and by none of CDK, cfn-lint and cdk-nag. A `-` means that a check says nothing. The snapshots of the"
    yield "templates, which differ at every change, are left out, as are the acknowledged findings of cdk-nag."
    yield ""
    yield f"| resource | fault | {' | '.join(COLUMNS)} |"
    yield f"|---|---|{'---|' * len(COLUMNS)}"
    for mutation, found in sorted(rows, key=lambda row: row[0].kind(prod.templates[row[0].stack])):
        cells = [", ".join(found[column]) or "-" for column in COLUMNS]
        yield f"| {mutation.kind(prod.templates[mutation.stack])} | {mutation.what} | {' | '.join(cells)} |"
