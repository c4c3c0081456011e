"""Cause failures in a lake on this machine: does each alarm begin, tell somebody, and end? Exit 1 if one stays silent."""

from typing import Annotated

import typer

from cli.common import local_cloud, tables
from cli.common.console import err, step
from cli.common.drill.alarms import Alarm, alarms
from cli.common.drill.clock import running_at
from cli.common.drill.exercise import Drill, Exercise
from cli.common.errors import UserError
from cli.common.options import Environment, Format
from cli.common.session import Lake, connect

COLUMNS = ["failure", "alarm", "how", "begun after s", "told by", "over after s"]
FASTEST = 3600


def run(
    only: Annotated[list[str] | None, typer.Argument(help="Only these alarms, without the name of the lake.", metavar="ALARM...")] = None,
    speed: Annotated[
        float, typer.Option(help="How many times as fast the clock of alarms and schedules runs meanwhile.", min=1, max=FASTEST)
    ] = 900,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most for the alarms to begin, and to be over.", min=1)] = 180,
    format: Annotated[Format, typer.Option(help="csv and json stand alone on standard output.")] = Format.TABLE,
    env: Environment = "local",
) -> None:
    place = local_cloud.place(env)  # a lake on AWS is refused
    lake = connect(env)
    chosen = choose(lake, only or [])
    with step(f"{len(chosen)} alarms drilled, by a clock {speed:g} times as fast") as say:
        drill = Drill(lake, place.home, timeout, say)
        with running_at(place.home, speed):
            exercises = drill.run(chosen)
        drill.leave(exercises)
    tables.write(COLUMNS, [row(one, lake) for one in exercises], format)
    conclude(exercises)


def choose(lake: Lake, only: list[str]) -> list[Alarm]:
    """Return the alarms to drill.

    Raises:
        UserError: there are none, or none of a name.
    """
    found = {alarm.name: alarm for alarm in alarms(lake)}
    if not found:
        raise UserError(f"this lake has no alarms: run ./lake deploy --env {lake.environment}")
    if unknown := [name for name in only if name not in found]:
        raise UserError(f"no alarm {', '.join(unknown)}; there are {', '.join(sorted(found))}")
    return [found[name] for name in only] or [*found.values()]


def row(one: Exercise, lake: Lake) -> list[object]:
    how = one.note or ("caused" if one.cause.real else "metric put")
    rounded = [None if seconds is None else round(seconds, 1) for seconds in (one.fired, one.over)]
    return [one.cause.failure, one.alarm.name, how, rounded[0], (one.told or "").removeprefix(f"{lake.settings.name}-") or None, rounded[1]]


def conclude(exercises: list[Exercise]) -> None:
    """Say in one line what came of it; exit with 1 where an alarm did not do what it is for."""
    drilled = [one for one in exercises if not one.note]
    silent = [one.alarm.name for one in drilled if one.fired is None or one.told is None]
    lasting = [one.alarm.name for one in drilled if one.fired is not None and one.over is None]
    left_out = [one.alarm.name for one in exercises if one.note]
    told = len({one.told for one in drilled if one.told})
    err.print(f"{sum(one.passed for one in drilled)} of {len(exercises)} alarms begun, told of by {told}, and over", markup=False)
    for names, what in ((silent, "silent"), (lasting, "not over"), (left_out, "on before the drill, and so not drilled")):
        if names:
            err.print(f"{what}: {', '.join(names)}", markup=False)
    if silent or lasting or left_out:
        raise typer.Exit(1)
