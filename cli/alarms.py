"""Show the alarms that are on: since when, why, and what to do; of a named one, its metric too. Exit 1 while one is on."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from cli.common import tables
from cli.common.console import err
from cli.common.drill.alarms import Alarm, alarms, composites
from cli.common.errors import UserError
from cli.common.options import Environment, Format
from cli.common.session import Lake, connect

COLUMNS = ["alarm", "state", "since", "told by", "what to do", "why"]
VALUES = ["at", "value"]
PERIODS = 12  # of an alarm's metric that are shown


def run(
    only: Annotated[list[str] | None, typer.Argument(help="These alarms, without the name of the lake.", metavar="ALARM...")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that are not on, too.")] = False,
    format: Annotated[Format, typer.Option(help="csv and json stand alone on standard output.")] = Format.TABLE,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    found = choose(alarms(lake), only or [], lake)
    on = [alarm for alarm in found if alarm.definition["StateValue"] == "ALARM"]
    shown = found if only or every else on
    if shown or format is not Format.TABLE:
        tables.write(COLUMNS, [row(alarm, lake) for alarm in shown], format)
    if only and format is Format.TABLE:
        for alarm in found:
            err.print(f"{' '.join(alarm.metric)}, {alarm.definition['Statistic']} of {alarm.definition['Period']} s each:", markup=False)
            tables.write(VALUES, values(lake, alarm), format)
    err.print(f"{len(on)} of {len(found)} alarms on", markup=False)
    if on:
        raise typer.Exit(1)


def choose(found: list[Alarm], only: list[str], lake: Lake) -> list[Alarm]:
    """Return all alarms, or those that are named; of a fault, its alarms.

    Raises:
        UserError: there are none, or none of a name.
    """
    if not found:
        raise UserError(f"this lake has no alarms: run ./lake deploy --env {lake.environment}")
    if not only:
        return found
    faults = composites(lake)
    names = [name for one in only for name in faults.get(one, [one])]
    known = {alarm.name: alarm for alarm in found}
    if unknown := [name for name in names if name not in known]:
        raise UserError(f"no alarm {', '.join(unknown)}; there are {', '.join(sorted([*known, *faults]))}")
    return [known[name] for name in dict.fromkeys(names)]


def row(alarm: Alarm, lake: Lake) -> list[Any]:
    found = alarm.definition
    since = found.get("StateUpdatedTimestamp")
    teller = next(iter(alarm.tellers), "").removeprefix(f"{lake.settings.name}-")
    section = str(found.get("AlarmDescription", "")).rpartition("What to do: ")[2]
    at = f"{since:%Y-%m-%d %H:%M:%S}" if isinstance(since, datetime) else None
    return [alarm.name, found["StateValue"], at, teller, section, found.get("StateReason")]


def values(lake: Lake, alarm: Alarm) -> list[list[Any]]:
    """Return the last values of an alarm's metric, the oldest first; a period without one is left out."""
    found, now = alarm.definition, datetime.now(UTC)
    namespace, metric = alarm.metric
    points = lake.cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=found.get("Dimensions", []),
        Statistics=[found["Statistic"]],
        Period=found["Period"],
        StartTime=now - timedelta(seconds=PERIODS * found["Period"]),
        EndTime=now,
    )["Datapoints"]
    ordered = sorted(points, key=lambda point: point["Timestamp"])
    return [[f"{point['Timestamp']:%Y-%m-%d %H:%M:%S}", float(point[found["Statistic"]])] for point in ordered]
