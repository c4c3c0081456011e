"""CDK's own validation and cfn-lint, once each, over the templates of prod."""

from pathlib import Path

import pytest

from lake_constructs.validation.templates import StackTemplate
from tests.stacks.linters import CDK, cdk_and_nag, cfn_lint
from tests.stacks.mutate import graph
from tests.stacks.mutations import MUTATIONS
from tests.stacks.synthesis import Assembly, synthesise


def broken(prod: Assembly, what: str) -> tuple[StackTemplate, ...]:
    (mutation,) = [mutation for mutation in MUTATIONS if mutation.what == what]
    stacks = graph(prod, {mutation.stack: mutation.of(prod.templates[mutation.stack])}).stacks
    return tuple(stack for stack in stacks if stack.name.endswith(mutation.stack.lower()))


@pytest.mark.end_to_end
def test_cdk_s_own_validation_passes_on_prod(tmp_path: Path) -> None:
    assembly = synthesise("prod", tmp_path, validated=True)
    (report,) = [report for report in assembly.report["pluginReports"] if report["pluginName"] == CDK] or [{"violations": []}]
    assert report["violations"] == []
    assert len(assembly.templates) == 8


def test_cdk_s_own_validation_finds_an_unknown_value(prod: Assembly) -> None:
    (stack,) = broken(prod, "ledger is billed in an unknown way")
    assert any("BillingMode" in found for found in cdk_and_nag(stack, graph(prod))[CDK])


@pytest.mark.end_to_end
def test_cfn_lint_passes_on_prod(prod: Assembly) -> None:
    stacks = graph(prod).stacks
    assert len(stacks) == 8
    assert {found for stack in stacks for found in cfn_lint(stack)} == set()


def test_cfn_lint_finds_an_unknown_value(prod: Assembly) -> None:
    (stack,) = broken(prod, "ledger is billed in an unknown way")
    assert any("BillingMode" in found for found in cfn_lint(stack))
