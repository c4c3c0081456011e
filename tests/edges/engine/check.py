"""What holds after every scenario, whatever went wrong in it."""

import json
from collections.abc import Iterator
from typing import Any

from tests.edges.engine.world import Execution, World

HOUR = 3600
BAD = ("FAILED", "TIMED_OUT", "ABORTED")
# a message cannot be sent and noted in one: where the answer is lost, or the execution ends in between, people are told twice
TOLD_TWICE = ("TellOfFailure", "NoteTold")
CHECKS = ("expected", "at once", "sound", "green", "told", "recorded", "leases", "forgotten", "works", "doubled")


def at_once(world: World) -> Iterator[str]:
    """Yield what does not hold before the sweep came by, where nothing went wrong, or only what passes."""
    yield from (f"at once: {what}" for _, what in undone(world))
    for execution in world.executions.values():
        if execution.status != "SUCCEEDED":
            yield f"at once: {execution.arn} is {execution.status}: {execution.record.get('cause')}"


def aftermath(world: World) -> Iterator[str]:
    """Let the faults end, the sweep come by and a good event arrive, and yield what does not hold."""
    first = dict(world.executions)
    struck = [fault for fault in world.faults if fault.hits]
    world.faults.clear()
    world.glue.script.clear()
    world.warehouse.script.clear()
    # what the first sweep starts may itself leave something to the second
    for _ in range(2):
        world.fibers.now += HOUR
        world.tick(*_sweeps(world))
    twice = any(fault.place in TOLD_TWICE for fault in struck)
    yield from _each_failure_is_recorded_and_told_once(world, first, 2 if twice else 1)
    yield from _each_end_of_a_machine_has_a_cause_and_one_alarm(world)
    yield from _no_lease_stays(world)
    yield from _nothing_is_forgotten(world, forgiven=_told_datasets(world, first))
    yield from _the_next_good_event_works(world)
    yield from _no_failed_task_ends_green(world)
    if world.glue.most_beside > 1:
        yield f"doubled: {world.glue.most_beside} runs of one job ran at once"


def _sweeps(world: World) -> list[str]:
    return [world.app.machines[arn]["name"] for arn in world.app.schedules if world.app.machines[arn]["name"].endswith("sweep")]


def _no_failed_task_ends_green(world: World) -> Iterator[str]:
    for execution in world.executions.values():
        if execution.status == "SUCCEEDED" and execution.failures:
            yield f"green: {execution.arn} ended green although {execution.failures}"
        # an execution of nothing is somebody's mistake, and not the definition's
        if (execution.express or _dataset(execution)) and execution.record.get("error") in (
            "States.QueryEvaluationError",
            "States.Runtime",
            "States.NoChoiceMatched",
        ):
            yield f"sound: {execution.arn}: {execution.record['error']}: {execution.record['cause']}"
        if execution.status == "RUNNING":
            yield f"green: {execution.arn} never ended"


def _cared(world: World, executions: dict[str, Execution]) -> list[Execution]:
    """Return the executions that hold leases."""
    return [execution for execution in executions.values() if not execution.express and execution.status in BAD and _dataset(execution)]


def _dataset(execution: Execution) -> str | None:
    given = json.loads(execution.record["input"])
    return given.get("dataset") if isinstance(given, dict) else None


def _runs(world: World) -> dict[str, dict[str, Any]]:
    return {item["item"].removeprefix("run#"): item for item in world.items() if item["item"].startswith("run#")}


def _each_failure_is_recorded_and_told_once(world: World, executions: dict[str, Execution], most: int) -> Iterator[str]:
    runs = _runs(world)
    for execution in _cared(world, executions):
        name = execution.record["name"]
        run = runs.get(name, {})
        # a job that nobody could stop may publish after all, which does not undo the cause
        if not (run.get("cause") or run.get("ended")):
            yield f"recorded: the failure of {execution.arn} is not recorded: {run}"
        told = sum(f"(run {name})" in message["Message"] for message in world.messages)
        if not 1 <= told <= most:
            yield f"told: people were told {told} times of {execution.arn}"
    for name, run in runs.items():
        if run.get("status") == "running":
            yield f"recorded: run {name} is recorded as running, and none is"


def _each_end_of_a_machine_has_a_cause_and_one_alarm(world: World) -> Iterator[str]:
    """Whatever machine it is, and whether it works for a dataset: its log says why it failed, and one alarm tells people."""
    for execution in world.executions.values():
        if execution.status not in BAD:
            continue
        if execution.status == "FAILED" and not (execution.record.get("error") and execution.record.get("cause")):
            yield f"recorded: {execution.arn} failed without a cause: {execution.record}"
        told = world.app.tellers.get(execution.machine_name, {}).get(execution.status, [])
        if len(told) != 1:
            yield f"told: {len(told)} alarms tell of {execution.machine_name} that is {execution.status}: {told}"


def _no_lease_stays(world: World) -> Iterator[str]:
    for item in world.items():
        if item["item"] in ("lease", "load_lease") and "owner" in item:
            yield f"leases: {item['dataset']} has {item['item']} of {item['owner']}"


def _told_datasets(world: World, executions: dict[str, Execution]) -> set[str]:
    """Return the datasets of which people know that a run failed, and by what."""
    return {str(_dataset(execution)) for execution in _cared(world, executions)}


def _nothing_is_forgotten(world: World, forgiven: set[str]) -> Iterator[str]:
    """A run that failed, and of which people were told, need not be repeated by itself; what never ran must run."""
    yield from (f"forgotten: {what}" for dataset, what in undone(world) if dataset not in forgiven)


def undone(world: World) -> Iterator[tuple[str, str]]:
    """Yield what is requested and not done, by dataset."""
    items = {(item["dataset"], item["item"]): item for item in world.items()}
    known = {dataset for dataset, _ in items if not dataset.startswith("_")}
    for found in world.objects:
        dataset = found["key"].partition("/")[0]
        item = items.get((dataset, f"object#{found['key']}#{found['version']}"))
        if found["key"].startswith(f"{dataset}/files/") and dataset in world.datasets and (item is None or "pending" in item):
            yield dataset, f"{found['key']} was never refreshed"
    for dataset in sorted(known & world.datasets):
        publication = items.get((dataset, "publication"), {})
        if publication.get("snapshot") != publication.get("announced"):
            yield dataset, f"{dataset} was never announced: {publication}"
        inputs = {name: items.get((name, "publication"), {}).get("snapshot") for name in world.app.inputs.get(dataset, [])}
        if inputs and all(inputs.values()) and inputs != world.built.get(dataset):
            yield dataset, f"{dataset} was not built from {inputs}"
        if dataset in world.app.copies and publication and not _is_loaded(world, dataset, publication["snapshot"]):
            yield dataset, f"{dataset} was not loaded into the warehouse"


def _is_loaded(world: World, dataset: str, snapshot: str) -> bool:
    done = [world.warehouse.begun[token] for token in world.warehouse.finished]
    return any(one["name"] == f"load {dataset}" and f"'{snapshot}'" in " ".join(one["sql"]) for one in done)


def _the_next_good_event_works(world: World) -> Iterator[str]:
    world.status_events, world.glue.runs_on = True, False
    touched = {found["key"].partition("/")[0] for found in world.objects} & world.datasets or {"planes"}
    before = set(world.executions)
    for dataset in sorted(touched):
        world.land(f"{dataset}/files/ingest_date={world.fibers.iso()[:10]}/good.csv")
    world.settle()
    for arn in set(world.executions) - before:
        if world.executions[arn].status != "SUCCEEDED":
            yield f"works: {arn} after a good event is {world.executions[arn].status}: {world.executions[arn].record.get('cause')}"
    yield from (f"works: {what}, after a good event" for dataset, what in undone(world) if dataset in touched)
    yield from _no_lease_stays(world)
