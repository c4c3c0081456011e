"""The faults that are made of what scenarios come by: every call of a service fails, every retrier and catcher is used, every state is the last one.

Each is made in the scenario that comes to its place with the fewest calls.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.edges.engine.edges import Definition, states
from tests.edges.engine.play import Played
from tests.edges.engine.scenarios import Scenario
from tests.edges.engine.world import App, Fault

# of a service in a task's resource, as errors are named
PREFIXES = {
    "aws-sdk:dynamodb": "DynamoDb",
    "aws-sdk:sfn": "Sfn",
    "aws-sdk:glue": "Glue",
    "aws-sdk:s3": "S3",
    "aws-sdk:redshiftdata": "RedshiftData",
    "aws-sdk:cloudwatch": "CloudWatch",
    "glue": "Glue",
    "events": "EventBridge",
    "sns": "SNS",
}
UNHEARD_OF = "UnheardOfException"
LEASES = ("Acquire", "Note", "TakeOver", "ReleaseToNext", "ReleaseAfterFailureToNext")  # where another may have been faster


@dataclass(frozen=True)
class Made:
    """A scenario with faults.

    Attributes:
        passes: whether nothing may fail of them.
        matters: whether it is the only one of its place that uses an edge; the others belong to the whole matrix.
    """

    name: str
    scenario: Scenario
    faults: Sequence[Fault]
    passes: bool = False
    matters: bool = False


def made(app: App, plain: Mapping[Scenario, Played]) -> Iterator[Made]:
    """Yield everything that can go wrong at one place; `plain` is what the scenarios came by without it."""
    cheapest = sorted(plain.items(), key=lambda one: (one[0].rough, one[1].calls))
    for machine in app.machines.values():
        for place, state in states(machine["definition"]):
            found = next((scenario for scenario, seen in cheapest if seen.during[machine["name"], "state", place]), None)
            if found is None:
                continue
            for what, fault, *flags in _at(machine, place, state):
                name = f"{machine['name']} {place}: {what}, in: {found.name}"
                yield Made(name, found, [fault], passes="passes" in flags, matters="matters" in flags)


def _at(machine: Definition, place: str, state: Definition) -> Iterator[tuple[Any, ...]]:
    name = machine["name"]
    if state["Type"] in ("Succeed", "Fail"):
        return
    # no event tells of an express execution that died: it only stops
    end = "TIMED_OUT" if machine["express"] else "ABORTED"
    yield f"it {'dies' if machine['express'] else 'is stopped'}", Fault(name, place, end)
    if state["Type"] != "Task":
        return
    prefix = prefix_of(state["Resource"])
    for retrier in state["Retry"]:
        error = next((error for error in retrier["ErrorEquals"] if error.startswith(f"{prefix}.")), "States.Timeout")
        yield f"{error} once", Fault(name, place, "error", error), "passes", "matters"
        # done before, it meets what it wrote itself
        again = ("matters",) if place.endswith("RecordMissing") else ()
        yield f"{error} once, though it was done", Fault(name, place, "lost", error), "passes", *again
        yield f"{error} for ever", Fault(name, place, "error", error, times=None)
    # caught there, or by the Map around it
    caught = ("matters",) if "/" in place or any("States.ALL" in catcher["ErrorEquals"] for catcher in state.get("Catch", [])) else ()
    yield f"{prefix}.{UNHEARD_OF} for ever", Fault(name, place, "error", f"{prefix}.{UNHEARD_OF}", times=None), *caught
    yield "States.Timeout for ever", Fault(name, place, "error", "States.Timeout", times=None)
    if place.rpartition("/")[2] in LEASES:
        yield "another was faster", Fault(name, place, "overtaken"), "matters"


def together(found: Iterable[Made]) -> Iterator[Made]:
    """Yield what matters, the faults that pass in one go for each scenario and machine: a task that is repeated keeps none of the others from it."""
    passing: dict[tuple[str, Scenario], list[Fault]] = {}
    for one in found:
        if one.passes and one.matters and one.faults[0].what == "error":
            passing.setdefault((one.faults[0].machine, one.scenario), []).extend(one.faults)
        elif one.matters:
            yield one
    for (machine, scenario), faults in passing.items():
        yield Made(f"{machine}: each call fails once, in: {scenario.name}", scenario, faults, passes=True, matters=True)


def prefix_of(resource: str) -> str:
    """Return what the names of errors of a task begin with."""
    return PREFIXES[resource.removeprefix("arn:aws:states:::").rpartition(":")[0]]
