"""Playing scenarios, with the faults that are made of what they come by."""

import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.edges.engine.check import aftermath, at_once
from tests.edges.engine.scenarios import Scenario
from tests.edges.engine.world import App, Endless, Fault, World

Seen = Counter[tuple[str, str, str]]


@dataclass(frozen=True)
class Played:
    """What came of a scenario.

    Attributes:
        problems: what does not hold.
        seen: machine, kind and name of each edge that it came by, aftermath and all.
        calls: of services, up to the aftermath.
        during: what it came by up to there.
    """

    name: str
    problems: list[str]
    seen: Seen
    calls: int
    during: Seen


def played(app: App, scenario: Scenario, faults: Sequence[Fault] = (), *, name: str = "", passes: bool = True) -> Played:
    """Play a scenario, and check what has to hold after it.

    Args:
        passes: whether the faults pass: then nothing fails of them.
    """
    world = World(app, seed=scenario.seed, faults=faults)
    problems: list[str] = []
    calls, during = 0, Seen()
    try:
        scenario.play(world)
        calls, during = world.calls, Seen(world.seen)
        problems = [f"expected: {text}" for text in world.surprises]
        problems += at_once(world) if passes and not scenario.rough else []
        problems += aftermath(world)
    except (Exception, Endless):  # noqa: BLE001  # whatever it is, the others are played too
        problems.append(traceback.format_exc())
    if any(not fault.hits for fault in faults):
        problems.append(f"struck: a fault never struck: {[fault for fault in faults if not fault.hits]}")
    return Played(name or scenario.name, problems, world.seen, calls, during)
