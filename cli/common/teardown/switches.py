"""What a destroy switches off before it deletes, and switches on again where it then deletes nothing.

CloudFormation does not see that a rule or a schedule was switched off by hand: no deploy of the same templates would switch it on again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from cli.common import stacks
from cli.common.console import err, step
from cli.common.errors import UserError, explained
from cli.common.session import Lake
from cli.common.stacks import Resource

SECONDS_TO_CHANGE = 60  # Lambda refuses to switch an event source on while it is still being switched off
PAUSE = 1.0  # seconds between attempts
BUSY = "ResourceInUseException"


@dataclass(frozen=True)
class Switch:
    """Something that starts writers and was on when a destroy began.

    Attributes:
        resource: what it is, or is of.
        off, on: switch it; a switch that stands so already may be switched so again.
    """

    resource: Resource
    off: Callable[[], object]
    on: Callable[[], object]


@dataclass
class Switched:
    """What a destroy has done so far that it may have to take back.

    Attributes:
        off: what was on, and is switched off or about to be.
        emptied: whether a bucket was begun to be emptied; then nothing is taken back.
    """

    off: list[Switch] = field(default_factory=list)
    emptied: bool = False

    def switch_off(self, switch: Switch) -> None:
        """Switch off what is on, and remember it, also where an interruption comes while it is done.

        Raises:
            ClientError: the service refused; then it is on as it was, and not remembered.
        """
        self.off.append(switch)
        try:
            switch.off()
        except ClientError:
            self.off.remove(switch)
            raise


@contextmanager
def taken_back(lake: Lake, names: Sequence[str]) -> Iterator[Switched]:
    """Switch on again what was switched off, where what is done within fails or is interrupted before a stack was deleted.

    Args:
        names: of the stacks that are to be deleted within.

    Raises:
        UserError: what was raised within, where a person is to be told it, and what became of what was switched off.
    """
    switched = Switched()
    try:
        yield switched
    except BaseException as error:
        told = _ended(lake, names, switched) if switched.off else ""
        text = explained(error) if isinstance(error, Exception) else None
        if told and text:
            raise UserError(f"{text}\n{told}") from error
        if told:
            err.print(told, markup=False)
        raise


def _ended(lake: Lake, names: Sequence[str], switched: Switched) -> str:
    """Switch on again what can be, and return what a person must know of it."""
    try:
        there = stacks.deployed(lake)
        whole = all(name in there and not there[name].status.startswith("DELETE_") for name in names)
        left = set(stacks.resources(lake, [name for name in names if name in there]))
    except (ClientError, BotoCoreError, KeyboardInterrupt):
        return f"nobody knows whether a stack was deleted; {_stay_off(switched.off)}"
    if whole and not switched.emptied:
        return _on(switched.off)
    held = [switch for switch in switched.off if switch.resource in left]
    return f"what was to go is deleted in part; {_stay_off(held)}" if held else ""


def _on(off: Sequence[Switch]) -> str:
    remaining = list(off)
    refused: list[Switch] = []
    with step("writers switched on again, since no stack was deleted") as say:
        deadline = time.monotonic() + SECONDS_TO_CHANGE
        try:
            while remaining:
                if not _was_switched_on(remaining[0], deadline):
                    refused.append(remaining[0])
                del remaining[0]
                say(f"{len(off) - len(remaining) - len(refused)} of {len(off)}")
        except KeyboardInterrupt:
            refused += remaining
    if refused:
        return f"no stack was deleted, but not all that was switched off could be switched on again; {_stay_off(refused)}"
    return f"no stack was deleted, and what had been switched off is on again: {_named(off)}; runs that were ended stay ended"


def _was_switched_on(switch: Switch, deadline: float) -> bool:
    while True:
        try:
            switch.on()
            return True
        except ClientError as error:
            if error.response["Error"]["Code"] != BUSY or time.monotonic() > deadline:
                return False
        except BotoCoreError:
            return False
        time.sleep(PAUSE)


def _stay_off(off: Sequence[Switch]) -> str:
    return (
        f"these stay switched off, and no deploy switches them on: {_named(off)}. "
        "Run the same ./lake destroy again until it ends well, or switch them on by hand"
    )


def _named(off: Sequence[Switch]) -> str:
    return ", ".join(f"{switch.resource.kind} {switch.resource.name}" for switch in off)
