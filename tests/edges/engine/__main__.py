"""Reads an app from standard input, plays everything that may happen to it, and writes what came of it, as JSON."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

from tests.edges.engine import interpreter
from tests.edges.engine.edges import KINDS, edges
from tests.edges.engine.faults import made, together
from tests.edges.engine.mutants import MUTANTS
from tests.edges.engine.play import Played, played
from tests.edges.engine.scenarios import SCENARIOS, burst
from tests.edges.engine.world import App


def main() -> None:
    given = json.load(sys.stdin)
    # what the interpreter logs of an error is told by the check
    logging.disable(logging.CRITICAL)
    interpreter.install()
    app = App(**given["app"])
    found = mutants(app) if given["what"] == "mutants" else everything(app, whole=given["what"] == "whole")
    json.dump(found, sys.stdout)


def everything(app: App, *, whole: bool) -> dict[str, Any]:
    """Return what does not hold, and which edges were come by, each with the first that did.

    Args:
        whole: whether every fault is made, instead of those that use an edge.
    """
    plain = {scenario: played(app, scenario) for scenario in SCENARIOS}
    faults = list(made(app, plain))
    more = [played(app, one.scenario, one.faults, name=one.name, passes=one.passes) for one in (faults if whole else together(faults))]
    results = [*plain.values(), *more, *([played(app, burst(1000))] if whole else [])]
    return {
        "played": len(results),
        "problems": {result.name: result.problems for result in results if result.problems},
        "edges": {machine["name"]: _covered(machine, results) for machine in app.machines.values()},
    }


def mutants(app: App) -> dict[str, Any]:
    """Return mutant -> the scenario that shows it, what does not hold with it, and what does not hold without it."""
    by_name = {scenario.name: scenario for scenario in SCENARIOS}
    return {
        mutant.what: {
            "scenario": mutant.scenario,
            "problems": played(mutant.of(app), by_name[mutant.scenario], mutant.struck(), passes=mutant.passes).problems,
            "without": played(app, by_name[mutant.scenario], mutant.struck(), passes=mutant.passes).problems,
        }
        for mutant in MUTANTS
    }


def _covered(machine: dict[str, Any], results: list[Played]) -> list[tuple[str, str, str | None]]:
    """Return each edge of a machine with the first that came by it."""

    def found() -> Iterator[tuple[str, str, str | None]]:
        for kind, edge in edges(machine["definition"]):
            yield kind, edge, next((result.name for result in results if result.seen[machine["name"], kind, edge]), None)

    return sorted(found(), key=lambda one: KINDS.index(one[0]))


main()
