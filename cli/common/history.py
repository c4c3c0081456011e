"""What executions and job runs leave behind them: histories and logs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cli.common.errors import UserError
from cli.common.session import Lake

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import JobRunTypeDef

LOG_GROUPS = "/aws-glue/jobs"  # a security configuration adds to the names below it
MACHINES = "/aws/vendedlogs/states/"
PREFIXES = (MACHINES, "/aws/lambda/", "/aws/kinesisfirehose/", f"{LOG_GROUPS}/")
# of functions and of jobs, the lines that are counted as errors: the tests hold them against the filters of the stacks
OF_FUNCTIONS = '?ERROR ?"Task timed out" ?"Runtime exited"'
OF_JOBS = '?ERROR ?"Traceback (most recent call last)"'
# where parts of a lake log, and which lines tell of errors; Firehose writes no others
PART_LOGS = {
    f"{MACHINES}{{}}": '{ ($.type = "*Failed") || ($.type = "*TimedOut") || ($.type = "*Aborted") }',
    "/aws/lambda/{}": OF_FUNCTIONS,
    "/aws/kinesisfirehose/{}": "",
}
FAILED = ("Failed", "TimedOut", "Aborted")
MOST_JOB_RUNS = 100  # that are looked through for those of one execution


def failures(lake: Lake, machine: str, execution: str) -> Iterator[str]:
    """Yield what failed in an execution, in its order: states and tasks with error and cause; nothing of one that is forgotten."""
    settings = lake.settings
    arn = f"arn:aws:states:{settings.region}:{settings.account}:execution:{settings.name}-{machine}:{execution}"
    try:
        pages = [*lake.stepfunctions.get_paginator("get_execution_history").paginate(executionArn=arn)]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
            raise
        return  # Step Functions forgets after 90 days
    state = ""
    for event in (event for page in pages for event in page["events"]):
        state = event.get("stateEnteredEventDetails", {}).get("name", state)
        if event["type"].endswith(FAILED):
            yield f"{event['timestamp']:%Y-%m-%d %H:%M:%S} {state}: {event['type']} {_details(event)}".rstrip()


def job_runs(lake: Lake, dataset: str, execution: str) -> "list[JobRunTypeDef]":
    """Return the job runs that an execution started, the oldest first; none where the job is gone."""
    try:
        pages = lake.glue.get_paginator("get_job_runs").paginate(
            JobName=f"{lake.settings.name}-{dataset}", PaginationConfig={"MaxItems": MOST_JOB_RUNS}
        )
        found = [run for page in pages for run in page["JobRuns"]]
    except lake.glue.exceptions.EntityNotFoundException:
        return []
    return [run for run in reversed(found) if run.get("Arguments", {}).get("--run_id") == execution]


def lines(lake: Lake, job_run: str, most: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the log groups that a job run wrote to, each with its last lines."""
    groups = [
        group["logGroupName"] for page in _pages(lake, "describe_log_groups", logGroupNamePrefix=LOG_GROUPS) for group in page["logGroups"]
    ]
    for group in groups:
        found = lake.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job_run)["logStreams"]
        written = [line for stream in found for line in _written(lake, group, stream["logStreamName"], most)]
        if written:
            yield group, written[-most:]


def log_of(lake: Lake, part: str, hours: float, most: int) -> Iterator[str]:
    """Yield the last lines of the log of a part of the lake, as `intake`, that tell of an error; where none does, the last of all, but for a machine.

    Raises:
        UserError: no part of that name has a log.
    """
    name = f"{lake.settings.name}-{part}"
    known = {place.format(name): pattern for place, pattern in PART_LOGS.items()}
    groups = [
        group
        for prefix in PREFIXES
        for page in _pages(lake, "describe_log_groups", logGroupNamePrefix=prefix)
        for group in page["logGroups"]
    ]
    names = [group["logGroupName"] for group in groups]
    found = [group for group in names if group in known] or [
        group for group in names if part == "jobs" and group.startswith(f"{LOG_GROUPS}/{lake.settings.name}-")
    ]
    if not found:
        mine = sorted(
            group.rpartition("/")[2].removeprefix(f"{lake.settings.name}-") for group in names if f"/{lake.settings.name}-" in group
        )
        raise UserError(f"no log of {part}; there are {', '.join(mine)}, and jobs")
    since = round((datetime.now(UTC) - timedelta(hours=hours)).timestamp() * 1000)
    errors = {group: _events(lake, group, since, known.get(group, OF_JOBS), most) for group in found}
    of_all = not any(errors.values()) and not any(group.startswith(MACHINES) for group in found)
    for group, events in errors.items():
        events = _events(lake, group, since, "", most) if of_all else events
        what = "lines, none of an error" if of_all else "lines of errors"
        yield f"{group}: {f'the last {len(events)} {what}' if events else f'nothing in {hours:g} h'}"
        yield from (
            f"  {datetime.fromtimestamp(event['timestamp'] / 1000, UTC):%Y-%m-%d %H:%M:%S} {_told(event['message'])}" for event in events
        )


def _events(lake: Lake, group: str, since: int, pattern: str, most: int) -> list[Any]:
    pages = _pages(lake, "filter_log_events", logGroupName=group, startTime=since, filterPattern=pattern)
    return [event for page in pages for event in page["events"]][-most:]


def _told(line: str) -> str:
    """Return a line as it is, and what a machine wrote in a reader's order."""
    try:
        event = json.loads(line)
        details = event["details"]
        return f"{event['execution_arn'].rpartition(':')[2]} {event['type']} {details.get('error', '')}: {details.get('cause', '')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return line.rstrip()


def _written(lake: Lake, group: str, stream: str, most: int) -> list[str]:
    events = lake.logs.get_log_events(logGroupName=group, logStreamName=stream, limit=most, startFromHead=False)["events"]
    return [event["message"].rstrip() for event in events]


def _pages(lake: Lake, operation: str, **arguments: Any) -> Any:
    return lake.logs.get_paginator(operation).paginate(**arguments)


def _details(event: Any) -> str:
    for name, details in event.items():
        if name.endswith("EventDetails") and ("error" in details or "cause" in details):
            return f"{details.get('error', '')}: {details.get('cause', '')}"
    return ""
