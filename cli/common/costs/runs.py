"""What runs cost: jobs, state machines, schedules, functions."""

import re
from collections.abc import Iterator

from cli.common.costs.bill import Cause, Charge
from cli.common.costs.counting import HOURS, Counting, Resource, UnknownCostError
from cli.common.costs.profile import MILLION

KIB = 1024
KB_A_GB = KIB * KIB
EXPRESS_MEMORY = 64 / KIB  # GB, in steps of which memory is billed: https://docs.aws.amazon.com/step-functions/latest/dg/bp-express.html
LEAST_HOURS = 1 / 60  # that a job, a query of the warehouse or a load is billed for
DPUS = {"G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "G.12X": 12, "G.16X": 16}
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}


def job(counting: Counting, resource: Resource) -> Iterator[Charge]:
    """A job is refreshed by files, and those of the profile's stream by it too."""
    given, profile = resource.properties, counting.profile
    name = str(given.get("Name", ""))
    yield from refreshes(counting, resource, Cause.FILES, profile.files.refreshes)
    if any(name.endswith(f"-{dataset}") for dataset in profile.stream.jobs) and has_stream(counting):
        yield from refreshes(counting, resource, Cause.STREAM, profile.stream.refreshes)


def refreshes(counting: Counting, resource: Resource, cause: Cause, number: float) -> Iterator[Charge]:
    given, run, assumed = resource.properties, counting.profile.refresh, counting.profile.assumed
    if given.get("WorkerType") not in DPUS:
        raise UnknownCostError(f"its worker type is {given.get('WorkerType')!r}, of which the DPUs are not known: {', '.join(DPUS)}")
    workers = min(run.workers, given["NumberOfWorkers"])
    hours = max(LEAST_HOURS, min(run.minutes, given["Timeout"]) / 60)
    yield counting.charge(resource, "jobs", cause, number * workers * DPUS[given["WorkerType"]] * hours, "glue.dpu_hour")
    yield counting.charge(resource, "objects of refreshes", cause, number * assumed.puts_a_refresh, "s3.thousand_puts", 1000)
    yield counting.charge(resource, "objects of refreshes", cause, number * assumed.gets_a_refresh, "s3.thousand_gets", 1000)
    yield counting.charge(resource, "logs", cause, number * assumed.log_kb_a_refresh / KB_A_GB, "cloudwatch.log_gb")
    yield counting.charge(resource, "key requests", cause, number * assumed.key_requests_a_refresh, "kms.ten_thousand_requests", 10_000)
    yield counting.charge(resource, "events of its own", cause, number, "events.million", MILLION)


def machine(counting: Counting, resource: Resource) -> Iterator[Charge]:
    """A machine that a schedule starts is counted with it; an Express one starts for each object, a Standard one for each refresh."""
    if any(resource.name in str(one.properties.get("Target")) for one in counting.of_type(resource.stack, "AWS::Scheduler::Schedule")):
        return
    profile = counting.profile
    if resource.properties.get("StateMachineType") == "EXPRESS":
        yield from executions(counting, resource, Cause.FILES, profile.files.objects)
        return
    jobs = [one for one in counting.resources if one.type == "AWS::Glue::Job"]
    streamed = [one for one in jobs if any(str(one.properties.get("Name")).endswith(f"-{name}") for name in profile.stream.jobs)]
    runs = {Cause.FILES: len(jobs) * profile.files.refreshes}
    if has_stream(counting):
        runs[Cause.STREAM] = len(streamed) * profile.stream.refreshes
    for cause, number in runs.items():
        transitions = number * profile.assumed.transitions_a_refresh
        yield counting.charge(resource, "state machines", cause, transitions, "states.thousand_transitions", 1000)
        yield counting.charge(resource, "traces", cause, number, "xray.million_traces", MILLION)


def executions(counting: Counting, resource: Resource, cause: Cause, number: float) -> Iterator[Charge]:
    """Yield what executions of an Express machine cost, with their log and trace."""
    assumed = counting.profile.assumed
    yield counting.charge(resource, "state machines", cause, number, "states.million_express", MILLION)
    yield counting.charge(resource, "state machines", cause, number * assumed.express_seconds * EXPRESS_MEMORY, "states.express_gb_second")
    yield counting.charge(resource, "logs", cause, number * assumed.log_kb_an_execution / KB_A_GB, "cloudwatch.log_gb")
    yield counting.charge(resource, "traces", cause, number, "xray.million_traces", MILLION)


def schedule(counting: Counting, resource: Resource) -> Iterator[Charge]:
    number = starts(str(resource.properties.get("ScheduleExpression", "")))
    yield counting.charge(resource, "schedules", Cause.IDLE, number, "scheduler.million", MILLION)
    target = str(resource.properties.get("Target"))
    for found in counting.of_type(resource.stack, "AWS::StepFunctions::StateMachine", "AWS::Lambda::Function"):
        if found.name in target and found.type == "AWS::Lambda::Function":
            seconds = number * found.properties.get("Timeout", 3) * found.properties.get("MemorySize", 128) / KIB
            yield counting.charge(resource, "functions, at the most", Cause.IDLE, seconds, "lambda.gb_second")
            yield counting.charge(resource, "functions, at the most", Cause.IDLE, number, "lambda.million_requests", MILLION)
        elif found.name in target:
            reads = number * counting.profile.assumed.reads_a_measurement
            yield from executions(counting, found, Cause.IDLE, number)
            yield counting.charge(found, "measurements", Cause.IDLE, number, "cloudwatch.thousand_calls", 1000)
            yield counting.charge(found, "measurements", Cause.IDLE, reads, "dynamodb.million_reads", MILLION)


def starts(expression: str) -> float:
    """Return how often a schedule starts its target in a month; one by cron as often as its minutes and hours say, on every day.

    Raises:
        UnknownCostError: an expression that is not understood.
    """
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return HOURS * 60 / (int(found[1]) * MINUTES[found[2]])
    if found := re.fullmatch(r"cron\((\S+) (\S+) .*\)", expression):
        return HOURS / 24 * _fires(found[1], 60) * _fires(found[2], 24)
    if expression.startswith("at("):
        return 1
    raise UnknownCostError(f"how often {expression!r} starts it is not known")


def _fires(field: str, most: int) -> float:
    def of(part: str) -> float:
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        width = most if span == "*" else int(last) - int(first) + 1 if dash else most - int(first) if step else 1
        return width / int(step or 1)

    try:
        return sum(of(part) for part in field.split(","))
    except ValueError as error:
        raise UnknownCostError(f"how often {field!r} of a cron expression comes is not known") from error


def function(counting: Counting, resource: Resource) -> Iterator[Charge]:
    """A function is counted with what invokes it: a delivery, a schedule, or a deploy, which is free."""
    callers = ("AWS::KinesisFirehose::DeliveryStream", "AWS::Scheduler::Schedule")
    known = [one for one in counting.resources if one.stack == resource.stack and (one.type in callers or one.type.startswith("Custom::"))]
    if not any(resource.name in str(one.properties) for one in known):
        raise UnknownCostError("nothing in its stack says how often it is invoked")
    yield from ()


def has_stream(counting: Counting) -> bool:
    return any(resource.type == "AWS::Kinesis::Stream" for resource in counting.resources)
