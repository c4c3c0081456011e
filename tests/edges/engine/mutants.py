"""Faults that somebody could make in a definition, each with the scenario that shows what it was for."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.edges.engine.edges import Definition, states
from tests.edges.engine.world import App, Fault

Change = Callable[[Definition], None]


@dataclass(frozen=True)
class Mutant:
    """A fault.

    Attributes:
        what: in a reader's words.
        scenario: the name of the one that shows it.
        faults: what goes wrong in it besides.
        passes: whether they pass: then nothing fails of them alone.
    """

    what: str
    of: Callable[[App], App]
    scenario: str
    faults: tuple[Fault, ...] = ()
    passes: bool = True

    def struck(self) -> list[Fault]:
        """Return its faults as they are before they strike."""
        return [replace(fault) for fault in self.faults]


def at(machine: str, place: str, change: Change) -> Callable[[App], App]:
    """Return what changes one state of a machine."""

    def of(app: App) -> App:
        definition = copy.deepcopy(app.machines[app.arn(machine)]["definition"])
        before = copy.deepcopy(definition)
        change(dict(states(definition))[place])
        assert definition != before, f"the change of {place} changes nothing"
        return app.replaced(machine, definition)

    return of


def lacking(field: str, position: int | None = None) -> Change:
    """Return what takes a field away, or one of its entries."""

    def change(state: Definition) -> None:
        if position is None:
            del state[field]
        else:
            del state[field][position]

    return change


def without_condition(part: str = "") -> Change:
    """Return what takes the condition of a write away, or a part of it."""

    def change(state: Definition) -> None:
        arguments: dict[str, Any] = state["Arguments"]
        condition = arguments.pop("ConditionExpression")
        if part:
            arguments["ConditionExpression"] = condition.replace(part, "")

    return change


def leading(to: str, field: str = "Next") -> Change:
    """Return what leads a state elsewhere."""

    def change(state: Definition) -> None:
        state[field] = to

    return change


def replaced(field: str, old: str, new: str) -> Change:
    """Return what changes a text in the arguments or assignments of a state."""

    def change(state: Definition) -> None:
        holder = next(value for value in (state.get("Arguments"), state.get("Assign")) if isinstance(value, dict) and field in value)
        holder[field] = holder[field].replace(old, new)

    return change


def no_rule(machine: str) -> Callable[[App], App]:
    """Return what takes the rules away that start a machine."""
    return lambda app: App(
        **{**app.__dict__, "rules": [rule for rule in app.rules if not any(target == app.arn(machine) for target in rule["targets"])]}
    )


def no_schedule(machine: str) -> Callable[[App], App]:
    """Return what takes the schedules away that start a machine."""
    return lambda app: App(**{**app.__dict__, "schedules": [target for target in app.schedules if target != app.arn(machine)]})


def told_of(machine: str, *tellers: str) -> Callable[[App], App]:
    """Return what lets these alarms tell of each end of a machine, and no others."""
    ends = ("FAILED", "TIMED_OUT", "ABORTED")
    return lambda app: App(**{**app.__dict__, "tellers": {**app.tellers, machine: {end: list(tellers) for end in ends}}})


REFRESH, INTAKE, ENDED, SWEEP, LOAD = "lake-refresh", "lake-intake", "lake-ended", "lake-sweep", "lake-load"
ONCE = "an object of a dataset that nothing reads"
MEANWHILE = "objects come while the job runs"
STOPPED = "a refresh is stopped while its job runs"
UNREQUESTED = "an input was published and its product not requested"
UNHEARD_OF = ("error", "DynamoDb.UnheardOfException")
NO_EVENT = "a refresh is stopped and the event of it never comes"

MUTANTS = (
    Mutant("a job that fails is not caught", at(REFRESH, "Work", lacking("Catch")), "the job ends as dies"),
    Mutant("a request that fails is not caught", at(INTAKE, "RequestEach/Request", lacking("Catch")), "one request of three fails"),
    Mutant("what is caught ends green", at(REFRESH, "ReleaseAfterFailure", leading("Done")), "the job ends as says"),
    Mutant(
        "a job is not started again when Glue is busy",
        at(REFRESH, "Work", lacking("Retry")),
        ONCE,
        (Fault(REFRESH, "Work", "error", "Glue.ThrottlingException", times=4),),
    ),
    Mutant(
        "a request is not repeated",
        at(INTAKE, "RequestEach/Request", lacking("Retry")),
        ONCE,
        (Fault(INTAKE, "RequestEach/Request", "error", "DynamoDb.ThrottlingException"),),
    ),
    Mutant("a job that died is not started again", at(REFRESH, "DidItSayWhy", lacking("Choices", 1)), "the job ends as dies"),
    Mutant("the lease is released whatever was requested", at(REFRESH, "Release", without_condition(" AND requested = :noted")), MEANWHILE),
    Mutant("the lease is not handed on", at(REFRESH, "ReleaseToNext", leading("Done")), MEANWHILE),
    Mutant("what was requested is not noted", at(REFRESH, "Note", replaced("UpdateExpression", ", noted = requested", "")), STOPPED),
    Mutant(
        "the lease is acquired by whoever comes",
        at(INTAKE, "RequestEach/Acquire", without_condition()),
        "many objects in a second, order 1",
    ),
    Mutant(
        "a dead holder is not taken over",
        at(INTAKE, "RequestEach/HolderStatus", leading("Coalesced", "Default")),
        "a refresh is stopped, the event of it never comes, its job runs on, and an object comes",
    ),
    Mutant(
        "a holder that never was is not taken over",
        at(INTAKE, "RequestEach/IsHolderAlive", lacking("Catch", 0)),
        "intake dies before it starts the refresh",
    ),
    Mutant(
        "nobody remembers who lost the lease",
        at(INTAKE, "RequestEach/TakeOver", replaced("UpdateExpression", ", lost = :dead", "")),
        "a refresh is stopped, the event of it never comes, its job runs on, and an object comes",
    ),
    Mutant("a publication is not marked as announced", at(REFRESH, "Announce", leading("IsKept")), ONCE),
    Mutant(
        "inputs that were not read pass for missing",
        at(REFRESH, "WereInputsRead", leading("FindMissing", "Default")),
        "inputs of a product: all stays unread",
    ),
    Mutant(
        "inputs that are read in part pass for missing",
        at(REFRESH, "WereInputsRead", lacking("Choices", 1)),
        "inputs of a product: a part stays unread",
    ),
    Mutant("no rule tells of an end", no_rule(ENDED), STOPPED),
    Mutant("no rule tells of the end of a load", no_rule("lake-load-ended"), "a load is stopped"),
    Mutant("people are told however often", at(ENDED, "WereTheyTold", lacking("Choices", 0)), "the event of a status comes twice"),
    Mutant("nobody notes that people were told", at(ENDED, "TellOfFailure", leading("PassOn")), "the event of a status comes twice"),
    Mutant("a job runs on", at(ENDED, "IsJobRunning", lacking("Choices", 0)), "a refresh is stopped and its job runs on"),
    Mutant("the dead keep their lease", at(ENDED, "PassOn", lacking("Catch", 0)), STOPPED),
    Mutant(
        "nothing is started again", at(ENDED, "WereTheyTold", leading("Free", "Default")), "a refresh is stopped after more was requested"
    ),
    Mutant(
        "executions are started again without a cap",
        at(ENDED, "PassOn", lambda state: state["Arguments"]["ExpressionAttributeValues"].update({":most": {"N": "1000000"}})),
        "refreshes die before they begin",
    ),
    Mutant("a failure is told and not recorded", at(ENDED, "FindJobRuns", leading("WereTheyTold")), STOPPED),
    Mutant("no sweep", no_schedule(SWEEP), NO_EVENT),
    Mutant("no sweep of loads", no_schedule("lake-load-sweep"), "a copy is behind its product"),
    Mutant("the sweep looks at no holder", at(SWEEP, "EachDataset/Judge", leading("EachPlace")), NO_EVENT),
    Mutant(
        "the sweep looks for no object",
        at(SWEEP, "EachDataset/AreHoldersKnown", leading("IsDue", "Default")),
        "nobody sends the event of an object",
    ),
    Mutant(
        "the sweep reads one page",
        at(SWEEP, "EachDataset/EachPlace/IsMoreListed", lacking("Choices", 0)),
        "nobody sends the events of many objects",
    ),
    Mutant("the sweep requests nothing", at(SWEEP, "EachDataset/IsDue", lacking("Choices", 0)), "intake dies once it recorded"),
    Mutant(
        "a transaction that failed passes for done",
        at(LOAD, "HowIsIt", leading("RecordLoad", "Default")),
        "the transaction of a load ends as FAILED",
    ),
    Mutant(
        "no alarm tells of a sweep that fails",
        told_of(SWEEP),
        UNREQUESTED,
        (Fault(SWEEP, "EachDataset/Request", *UNHEARD_OF, times=None),),
        passes=False,
    ),
    Mutant(
        "no alarm tells of a sweep that takes too long",
        told_of(SWEEP),
        UNREQUESTED,
        (Fault(SWEEP, "EachDataset/Request", "TIMED_OUT"),),
        passes=False,
    ),
    Mutant("no alarm tells of a load that is stopped", told_of(LOAD), "a load is stopped"),
    Mutant(
        "two alarms tell of one failure of intake",
        told_of(INTAKE, "lake-fault-intake", "lake-log-errors-intake"),
        ONCE,
        (Fault(INTAKE, "RequestEach/Request", *UNHEARD_OF, times=None),),
        passes=False,
    ),
)
