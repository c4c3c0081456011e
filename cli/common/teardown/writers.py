"""What writes into a lake, stopped before what it writes to is deleted: a job that runs on would fill a bucket that was just emptied."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from cli.common.console import Say
from cli.common.errors import UserError
from cli.common.inventory import absent
from cli.common.session import Lake
from cli.common.stacks import Resource
from cli.common.teardown.switches import Switch, Switched

SECONDS_TO_END = 180  # Glue takes a minute or two to end a job that was told to stop
PAUSE = 1.0  # seconds between looks
OFF = ("Disabled", "Disabling", "Deleting")  # of event sources
AT_WORK = ("RUNNING", "STARTING", "STOPPING", "WAITING")  # of job runs; the last one has yet to begin
SCHEDULE_KEPT = (  # what UpdateSchedule wants to be told again
    "Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "Name", "ScheduleExpression",
    "ScheduleExpressionTimezone", "StartDate", "Target",
)  # fmt: skip


def stop(lake: Lake, resources: Iterable[Resource], say: Say, switched: Switched) -> int:
    """Let nothing new begin, end what runs, and return how many were stopped when all have ended.

    Args:
        switched: gets what is switched off, each before it is.

    Raises:
        UserError: some run on; with their names.
    """
    found = list(resources)
    for resource in found:
        if resource.kind in STARTERS:
            with unless_gone():
                for switch in STARTERS[resource.kind](lake, resource):
                    switched.switch_off(switch)
            say(f"{resource.name} starts nothing more")
    deadline = time.monotonic() + SECONDS_TO_END
    told: set[str] = set()
    while running := [one for resource in found for one in _running(lake, resource, told)]:
        say(f"{len(running)} to end: {running[0]}")
        if time.monotonic() > deadline:
            raise UserError(
                f"still at work after {SECONDS_TO_END} s: {', '.join(running)}; nothing was deleted. End them in the console, and destroy again"
            )
        time.sleep(PAUSE)
    return len(switched.off) + len(told)


@contextmanager
def unless_gone() -> Iterator[None]:
    """Pass over what somebody has deleted by hand."""
    try:
        yield
    except ClientError as error:
        if not absent(error):
            raise


def _running(lake: Lake, resource: Resource, told: set[str]) -> list[str]:
    """Return what runs of a resource, told to stop where it was not yet."""
    found: list[str] = []
    if resource.kind in RUNNERS:
        with unless_gone():
            found.extend(RUNNERS[resource.kind](lake, resource.name, told))
    return found


def _rule(lake: Lake, rule: Resource) -> Iterator[Switch]:
    if lake.events.describe_rule(Name=rule.name)["State"] != "DISABLED":
        yield Switch(rule, lambda: lake.events.disable_rule(Name=rule.name), lambda: lake.events.enable_rule(Name=rule.name))


def _schedule(lake: Lake, schedule: Resource) -> Iterator[Switch]:
    held = lake.scheduler.get_schedule(Name=schedule.name)
    kept = {key: held[key] for key in SCHEDULE_KEPT if held.get(key)}
    if held["State"] != "DISABLED":
        yield Switch(
            schedule,
            lambda: lake.scheduler.update_schedule(**kept, State="DISABLED"),
            lambda: lake.scheduler.update_schedule(**kept, State="ENABLED"),
        )


def _crawler(lake: Lake, crawler: Resource) -> Iterator[Switch]:
    schedule: Mapping[str, Any] = lake.glue.get_crawler(Name=crawler.name)["Crawler"].get("Schedule", {})
    if schedule.get("State") == "SCHEDULED":
        yield Switch(
            crawler,
            lambda: lake.glue.stop_crawler_schedule(CrawlerName=crawler.name),
            lambda: lake.glue.start_crawler_schedule(CrawlerName=crawler.name),
        )


def _sources(lake: Lake, function: Resource) -> Iterator[Switch]:
    """Yield what invokes a function with the records of a stream or a queue."""
    for mapping in lake.functions.list_event_source_mappings(FunctionName=function.name)["EventSourceMappings"]:
        if mapping["State"] not in OFF:
            yield Switch(function, partial(_source, lake, mapping["UUID"], on=False), partial(_source, lake, mapping["UUID"], on=True))


def _source(lake: Lake, identifier: str, *, on: bool) -> None:
    lake.functions.update_event_source_mapping(UUID=identifier, Enabled=on)


def _executions(lake: Lake, machine: str, told: set[str]) -> Iterator[str]:
    pages = lake.stepfunctions.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
    for arn in [execution["executionArn"] for page in pages for execution in page["executions"]]:
        if arn not in told:
            lake.stepfunctions.stop_execution(executionArn=arn, cause="the lake is destroyed")
            told.add(arn)
        yield f"execution {arn.rpartition(':')[2]} of {machine.rpartition(':')[2]}"


def _standard(lake: Lake, machine: str, told: set[str]) -> Iterator[str]:
    """Express machines end within five minutes, are not listed, and write no object."""
    if lake.stepfunctions.describe_state_machine(stateMachineArn=machine)["type"] == "STANDARD":
        yield from _executions(lake, machine, told)


def _job_runs(lake: Lake, job: str, told: set[str]) -> Iterator[str]:
    pages = lake.glue.get_paginator("get_job_runs").paginate(JobName=job)
    for run in [run["Id"] for page in pages for run in page["JobRuns"] if run["JobRunState"] in AT_WORK]:
        if run not in told:
            lake.glue.batch_stop_job_run(JobName=job, JobRunIds=[run])
            told.add(run)
        yield f"run {run} of job {job}"


def _crawls(lake: Lake, name: str, told: set[str]) -> Iterator[str]:
    if lake.glue.get_crawler(Name=name)["Crawler"]["State"] == "READY":
        return
    if name not in told:
        told.add(name)
        with suppress(lake.glue.exceptions.CrawlerStoppingException, lake.glue.exceptions.CrawlerNotRunningException):  # it ended meanwhile
            lake.glue.stop_crawler(Name=name)
    yield f"crawler {name}"


STARTERS: dict[str, Callable[[Lake, Resource], Iterator[Switch]]] = {
    "AWS::Events::Rule": _rule,
    "AWS::Glue::Crawler": _crawler,
    "AWS::Lambda::Function": _sources,
    "AWS::Scheduler::Schedule": _schedule,
}
RUNNERS: dict[str, Callable[[Lake, str, set[str]], Iterator[str]]] = {
    "AWS::Glue::Crawler": _crawls,
    "AWS::Glue::Job": _job_runs,
    "AWS::StepFunctions::StateMachine": _standard,
}
