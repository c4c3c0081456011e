"""Every edge of every state machine of the app is executed, against faults; docs/edges.md lists them: `./lake test --update tests/stacks/test_edges.py` writes it."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from config.datasets import dataset_folders
from config.read import settings
from contracts.read import read
from tests.edges.described import described
from tests.stacks.mutate import graph
from tests.stacks.synthesis import ROOT, Assembly, shipped
from warehouse.definitions import natives

pytestmark = pytest.mark.slow  # every machine meets every fault

PYTHON = ROOT / ".venv-local" / "bin" / "python"
REPORT = ROOT / "docs" / "edges.md"
NEW = "lake-new"
KINDS = {"state": "states", "transition": "transitions", "retry": "retriers", "catch": "catchers"}
CHECKS = ("expected", "at once", "sound", "green", "told", "recorded", "leases", "forgotten", "works", "doubled", "struck")
Found = dict[str, Any]


@pytest.fixture(scope="module")
def app(prod: Assembly) -> Found:
    contracts = read(dataset_folders(settings(shipped("prod"))))
    return described(graph(prod), contracts, [contract.name for contract in natives(contracts.values())])


@pytest.fixture(scope="module")
def found(app: Found) -> Found:
    """What came of everything that may happen, with one more machine in the app that no scenario knows."""
    new = {"name": NEW, "definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "express": False}
    return engine({**app, "machines": {**app["machines"], f"arn:aws:states:eu-west-1:222222222222:stateMachine:{NEW}": new}}, "edges")


@pytest.fixture(scope="module")
def seen(app: Found) -> Found:
    """What came of each mutant."""
    return engine(app, "mutants")


def engine(app: Found, what: str) -> Found:
    """Run the interpreter of the local cloud, which has an environment of its own."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [str(PYTHON), "-m", "tests.edges.engine"]
    given = json.dumps({"app": app, "what": what})
    run = subprocess.run(command, input=given, env=environment, cwd=ROOT, text=True, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    answer: Found = json.loads(run.stdout)
    return answer


def missing(found: Found) -> Mapping[str, list[str]]:
    return {name: edges for name, all_of in found["edges"].items() if (edges := [edge for _, edge, by in all_of if by is None])}


def test_the_harness_takes_every_machine_of_the_app_by_itself(app: Found, prod: Assembly) -> None:
    machines = prod.resources("AWS::StepFunctions::StateMachine")
    assert len(app["machines"]) == len(machines) >= 10
    assert len(app["rules"]) >= 4
    assert len(app["schedules"]) >= 4


def test_every_edge_of_every_machine_is_come_by(found: Found) -> None:
    assert {name: edges for name, edges in missing(found).items() if name != NEW} == {}
    assert sum(len(edges) for edges in found["edges"].values()) >= 600


def test_a_machine_without_scenarios_is_found(found: Found) -> None:
    assert missing(found)[NEW] == ["A"]


def test_whatever_goes_wrong_nothing_is_lost_untold_or_left_behind(found: Found) -> None:
    assert found["played"] >= 200
    assert found["problems"] == {}


@pytest.mark.matrix
def test_whatever_goes_wrong_at_every_single_place_nothing_is_lost_untold_or_left_behind(app: Found) -> None:
    whole = engine(app, "whole")
    assert whole["played"] >= 700
    assert whole["problems"] == {}


def test_each_fault_of_a_definition_is_seen(seen: Found) -> None:
    assert len(seen) >= 30
    assert [what for what, mutant in seen.items() if not mutant["problems"]] == []
    assert {what: mutant["without"] for what, mutant in seen.items() if mutant["without"]} == {}  # or it were seen for another reason


def test_the_report_lists_every_edge_with_what_comes_by_it_and_every_mutant_with_what_sees_it(
    found: Found, seen: Found, request: pytest.FixtureRequest
) -> None:
    text = "".join(f"{line}\n" for line in page({name: edges for name, edges in found["edges"].items() if name != NEW}, seen))
    if request.config.getoption("update_snapshots"):
        REPORT.write_text(text, encoding="utf-8")
    assert REPORT.read_text(encoding="utf-8") == text, f"{REPORT.name} is not what the scenarios come by: run this test with --update"


def page(machines: Mapping[str, list[tuple[str, str, str | None]]], mutants: Found) -> Iterator[str]:
    yield "# What comes by each edge of a state machine"
    yield ""
    yield "Written by `tests/stacks/test_edges.py`, which fails where an edge of a machine has nothing that comes by it; [failure paths](failure-paths.md)"
    yield "says how. The first scenario is named that does; behind `in:` stands the one in which a fault was made."
    yield ""
    yield f"| machine | {' | '.join(KINDS.values())} |"
    yield f"|---|{'---|' * len(KINDS)}"
    for name, edges in sorted(machines.items()):
        counts = [(sum(k == kind and by is not None for k, _, by in edges), sum(k == kind for k, _, _ in edges)) for kind in KINDS]
        yield f"| {name} | {' | '.join(f'{hit} of {there}' for hit, there in counts)} |"
    yield ""
    yield "## Mutants"
    yield ""
    yield "Each is the app with one thing taken away or changed, and the scenario that shows it; `checks` are those that do not hold then, as"
    yield "[failure paths](failure-paths.md#what-is-promised) names them, and `expected`, what the scenario itself says that it brings about. Without the mutant all of"
    yield "them hold; where they do with it too, the test fails."
    yield ""
    yield "| mutant | scenario | checks |"
    yield "|---|---|---|"
    yield from (f"| {what} | {mutant['scenario']} | {', '.join(broken(mutant['problems']))} |" for what, mutant in mutants.items())
    for name, edges in sorted(machines.items()):
        yield ""
        yield f"## {name}"
        yield ""
        yield "| | edge | come by in |"
        yield "|---|---|---|"
        yield from (f"| {kind} | {edge} | {by or 'nothing'} |" for kind, edge, by in edges)


def broken(problems: list[str]) -> list[str]:
    """Return the names of the checks that do not hold."""
    return sorted({problem.partition(":")[0] if problem.partition(":")[0] in CHECKS else "an error" for problem in problems})
