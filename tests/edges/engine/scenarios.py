"""What may happen to a lake: each scenario is a handful of events, with what goes wrong among them.

A fault at a single call is not written down here, but made for every task, retrier, catcher and state that a scenario comes by: faults.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.edges.engine.world import Fault, World

REFRESH, INTAKE, SWEEP, LOAD = "lake-refresh", "lake-intake", "lake-sweep", "lake-load"
TODAY = "ingest_date=2026-01-15"
PLANES, AIRLINES, FLIGHTS = (f"{dataset}/files/{TODAY}/a.csv" for dataset in ("planes", "airlines", "flights"))


@dataclass(frozen=True)
class Scenario:
    """A scenario.

    Attributes:
        seed: of the order in which executions go on side by side; None means one after the other.
        rough: whether something goes wrong in it by itself; faults are rather made in others.
    """

    name: str
    play: Callable[[World], None]
    seed: int | None = None
    rough: bool = False


SCENARIOS: list[Scenario] = []


def scenario(*seeds: int, rough: bool = False) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Add a scenario, once for each seed."""

    def add(play: Callable[[World], None]) -> Callable[[World], None]:
        name = play.__name__.replace("_", " ")
        for seed in seeds:
            SCENARIOS.append(Scenario(f"{name}, order {seed}", play, seed, rough))
        if not seeds:
            SCENARIOS.append(Scenario(name, play, rough=rough))
        return play

    return add


@scenario()
def an_object_of_a_dataset_that_nothing_reads(world: World) -> None:
    world.land(PLANES)
    world.settle()


@scenario()
def an_object_whose_product_waits_for_another_input(world: World) -> None:
    world.land(AIRLINES)
    world.settle()


@scenario()
def an_object_whose_product_is_built_and_copied(world: World) -> None:
    world.published("flights")
    world.land(AIRLINES)
    world.settle()


@scenario()
def a_load_of_what_was_never_published(world: World) -> None:
    world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
    world.settle()


@scenario()
def a_request_with_nothing_new(world: World) -> None:
    for _ in range(2):
        world.land(PLANES)
        world.settle()
    world.send("lake.lake", "Refresh Requested", {"dataset": "planes"})
    world.settle()


@scenario()
def a_dataset_that_never_got_anything_is_requested(world: World) -> None:
    world.send("lake.lake", "Refresh Requested", {"dataset": "planes"})
    world.settle()


@scenario()
def an_event_twice(world: World) -> None:
    found = world.land(PLANES)
    world.arrived(found)
    world.settle()


@scenario()
def an_event_twice_the_second_time_late(world: World) -> None:
    found = world.land(PLANES)
    world.settle()
    world.arrived(found)
    world.settle()


@scenario()
def objects_come_while_the_job_runs(world: World) -> None:
    world.land(PLANES)
    world.settle(20)
    world.land(f"planes/files/{TODAY}/b.csv")
    world.settle()


@scenario()
def events_come_in_another_order(world: World) -> None:
    found = [world.land(f"planes/files/{TODAY}/{name}.csv", event=False) for name in "abc"]
    for one in reversed(found):
        world.arrived(one)
        world.settle(7)
    world.settle()


@scenario(rough=True)
def one_request_of_three_fails(world: World) -> None:
    world.faults.append(Fault(INTAKE, "RequestEach/Request", "error", "DynamoDb.UnheardOfException", skip=1))
    world.land(FLIGHTS)
    world.settle()
    products = {execution.record["name"].partition("-")[0] for execution in world.of(REFRESH)} - {"flights"}
    world.expect(len(products) == 2, f"one request that fails keeps no other from being made: {products}")
    world.expect("FAILED" in {execution.status for execution in world.of(INTAKE)}, "intake fails where a request failed")


@scenario(1, 2, 3)
def two_inputs_of_one_product_at_once(world: World) -> None:
    world.land(AIRLINES)
    world.land(FLIGHTS)
    world.settle()


@scenario(1)
def many_objects_in_a_second(world: World) -> None:
    _burst(world, 60)


def _burst(world: World, objects: int) -> None:
    for number in range(objects):
        world.land(f"planes/files/{TODAY}/{number}.csv")
    world.settle()
    # one that is named and not started yet may be taken for dead: the lease goes to another, and it ends without work
    runs = [item["item"] for item in world.items("planes") if item["item"].startswith("run#")]
    world.expect(len(runs) <= 2, f"{len(runs)} refreshes of one burst")
    started = len(world.of(REFRESH))
    world.expect(started <= 2 + objects // 100, f"{started} executions for one burst")


@scenario()
def objects_of_no_dataset(world: World) -> None:
    for _ in range(2):
        found = world.land(f"nobody/files/{TODAY}/a.csv")
        world.arrived(found)
    world.land("planes/elsewhere/a.csv")
    world.settle()


@scenario()
def objects_under_reserved_names(world: World) -> None:
    found = world.land("_errors/stream/2026/01/15/a")
    world.arrived(found)
    world.land("_archive/a")
    world.settle()


@scenario(rough=True)
def events_that_nobody_knows(world: World) -> None:
    for machine in (INTAKE, "lake-load-request"):
        world.start(world.app.arn(machine), {"detail-type": "Something Else", "detail": {}})
    world.settle()
    world.expect({execution.status for execution in world.executions.values()} == {"FAILED"}, "an event that nobody knows fails")


@scenario(rough=True)
def a_refresh_and_a_load_that_nobody_requested(world: World) -> None:
    for machine in (REFRESH, LOAD):
        world.start(world.app.arn(machine), {"dataset": "daily_punctuality"}, "by-hand")
    world.settle()


@scenario(rough=True)
def a_refresh_and_a_load_of_nothing(world: World) -> None:
    for machine in (REFRESH, LOAD):
        world.start(world.app.arn(machine), {}, "of-nothing")
    world.settle()
    ends = {execution.status for execution in (*world.of("lake-ended"), *world.of("lake-load-ended"))}
    world.expect(ends == {"SUCCEEDED"}, f"of an execution without a dataset nothing is left behind: {ends}")


EXPECTED = {
    ("says",): ("failed", "scripted: rule broken"),
    ("unexpected",): ("failed", "scripted: rule broken"),
    ("dies",): ("published", ""),
    ("ERROR",): ("published", ""),
    ("dies", "dies", "dies"): ("failed", "States.TaskFailed"),
    ("endless",): ("failed", "States.Timeout"),
}


def _job(*outcomes: str) -> None:
    @scenario()
    def play(world: World) -> None:
        world.glue.script["planes"] = list(outcomes)
        world.land(PLANES)
        world.settle()
        (run,) = (item for item in world.items("planes") if item["item"].startswith("run#"))
        wanted = EXPECTED.get(outcomes, ("failed", outcomes[0]))
        world.expect(
            run["status"] == wanted[0] and wanted[1] in run.get("cause", ""),
            f"a run whose job ends as {outcomes} is recorded as {wanted}: {run}",
        )

    SCENARIOS[-1] = Scenario(f"the job ends as {', '.join(outcomes)}", play, rough=True)


for outcomes in (("says",), ("dies",), ("dies", "dies", "dies"), ("unexpected",), ("endless",), ("TIMEOUT",), ("STOPPED",), ("ERROR",)):
    _job(*outcomes)


@scenario(rough=True)
def the_job_fails_and_more_was_requested_meanwhile(world: World) -> None:
    world.glue.script["planes"] = ["says"]
    world.land(PLANES)
    world.settle(20)
    world.land(f"planes/files/{TODAY}/b.csv")
    world.settle()


def _leases(world: World) -> list[str]:
    return [item["owner"] for item in world.items() if "owner" in item]


def _stopped(name: str, *, runs_on: bool, event: bool, more: bool) -> None:
    @scenario()
    def play(world: World) -> None:
        world.glue.runs_on, world.status_events = runs_on, event
        world.land(PLANES)
        world.settle(20)
        (refresh,) = world.of(REFRESH)
        world.end(refresh, "ABORTED")
        if more:
            world.settle(1)
            world.land(f"planes/files/{TODAY}/b.csv")
        world.settle()
        if event:
            world.expect(len(world.messages) == 1, f"people are told at once, of {world.messages}")
            world.expect(not _leases(world), f"the lease is free at once: {_leases(world)}")
        if event or more:
            world.expect(
                len(world.of(REFRESH)) == 1 + more,
                f"the refresh that was stopped is followed by one where more was requested: {len(world.of(REFRESH))} refreshes",
            )
        if event and runs_on:
            world.expect(world.glue.runs[0].state == "STOPPED", f"the job of a refresh that was stopped is {world.glue.runs[0].state}")

    SCENARIOS[-1] = Scenario(name, play, rough=True)


_stopped("a refresh is stopped while its job runs", runs_on=False, event=True, more=False)
_stopped("a refresh is stopped and its job runs on", runs_on=True, event=True, more=False)
_stopped("a refresh is stopped, its job runs on, and an object comes", runs_on=True, event=True, more=True)
_stopped("a refresh is stopped and the event of it never comes", runs_on=False, event=False, more=False)
_stopped("a refresh is stopped, the event of it never comes, its job runs on, and an object comes", runs_on=True, event=False, more=True)


@scenario(rough=True)
def a_refresh_is_stopped_after_more_was_requested(world: World) -> None:
    world.land(PLANES)
    world.settle(20)
    world.land(f"planes/files/{TODAY}/b.csv")
    world.settle(1)
    world.end(world.of(REFRESH)[0], "TIMED_OUT")
    world.settle()


@scenario(rough=True)
def the_event_of_a_status_comes_twice(world: World) -> None:
    world.land(PLANES)
    world.settle(20)
    (refresh,) = world.of(REFRESH)
    world.end(refresh, "ABORTED")
    world.settle()
    world.status_changed(refresh.record)
    world.settle()


@scenario(rough=True)
def refreshes_die_before_they_begin(world: World) -> None:
    world.faults.append(Fault(REFRESH, "Note", "error", "DynamoDb.DynamoDbException", times=None))
    world.land(PLANES)
    world.settle()
    world.expect(len(world.of(REFRESH)) <= 5, f"{len(world.of(REFRESH))} refreshes without a cap")


@scenario(rough=True)
def a_refresh_cannot_release_its_lease(world: World) -> None:
    world.faults.append(Fault(REFRESH, "Release", "error", "DynamoDb.DynamoDbException", times=None))
    world.land(PLANES)
    world.settle()


@scenario()
def optimizers_are_there_already(world: World) -> None:
    for table in ("planes", "planes_quarantine"):
        for kind in ("compaction", "retention", "orphan_file_deletion"):
            world.glue.optimizers[f"lake_processed.{table}", kind] = {}
    world.land(PLANES)
    world.settle()


def _unread(name: str, machine: str, place: str, times: int | None, play: Callable[[World], None]) -> None:
    def with_fault(world: World) -> None:
        world.faults.append(Fault(machine, place, "unread", times=times))
        play(world)
        ends = {execution.status for execution in world.of(machine)}
        world.expect(("FAILED" in ends) == (times is None), f"what stays unread is asked for again, and then fails: {ends}")

    SCENARIOS.append(Scenario(f"{name}: {'a part' if times else 'all'} stays unread", with_fault, rough=True))


def _tick(world: World) -> None:
    world.fibers.now += 600
    world.tick()


for times in (2, None):
    _unread("inputs of a product", REFRESH, "ReadInputs", times, an_object_whose_product_is_built_and_copied)
    _unread("the freshness of datasets", "lake-freshness", "EachGroup/ReadPublications", times, _tick)
    _unread("the upkeep of tables", "lake-upkeep", "EachGroup/ReadPublications", times, _tick)
    _unread("what stands still", "lake-standing", "EachGroup/ReadLeases", times, _tick)
    _unread("what the sweep looks at", SWEEP, "EachDataset/ReadItems", times, _tick)
    _unread("what the sweep of loads looks at", "lake-load-sweep", "EachDataset/ReadItems", times, _tick)


@scenario(rough=True)
def nobody_sends_the_event_of_an_object(world: World) -> None:
    world.land(PLANES, event=False)
    _tick(world)
    world.expect(len(world.of(REFRESH)) == 1, "what was found is refreshed, once")


@scenario(rough=True)
def nobody_sends_the_events_of_many_objects(world: World) -> None:
    for number in range(103):
        world.land(f"planes/files/{TODAY}/{number:03}.csv", event=False)
    _tick(world)


def _without_event(world: World) -> None:
    world.land(PLANES, event=False)
    _tick(world)


for times in (2, None):
    _unread("what the sweep compares", SWEEP, "EachDataset/EachPlace/ReadRecords", times, _without_event)


@scenario(rough=True)
def intake_dies_once_it_recorded(world: World) -> None:
    world.faults.append(Fault(INTAKE, "RequestEach", "TIMED_OUT"))
    world.land(PLANES)
    world.settle()
    _tick(world)
    world.expect(len(world.of(REFRESH)) == 1, "what was found is refreshed, once")


@scenario(rough=True)
def intake_dies_before_it_starts_the_refresh(world: World) -> None:
    world.faults.append(Fault(INTAKE, "RequestEach/Start", "TIMED_OUT"))
    world.land(PLANES)
    world.settle()
    world.land(f"planes/files/{TODAY}/b.csv")
    world.settle()
    world.expect(len(world.of(REFRESH)) == 1, "the next object starts the refresh")


@scenario(rough=True)
def the_sweep_finds_a_lease_of_an_execution_that_never_was(world: World) -> None:
    world.faults.append(Fault(INTAKE, "RequestEach/Start", "TIMED_OUT"))
    world.land(PLANES)
    world.settle()
    _tick(world)


def _forgotten_beside(world: World, *, dies: bool) -> None:
    world.land(PLANES, event=False)
    world.settle(400)
    world.land(f"planes/files/{TODAY}/b.csv")
    world.settle(20)
    world.status_events = False
    if dies:
        world.end(world.of(REFRESH)[0], "ABORTED")
    world.tick(SWEEP)


@scenario(rough=True)
def the_sweep_finds_an_object_while_a_refresh_runs(world: World) -> None:
    _forgotten_beside(world, dies=False)


@scenario(rough=True)
def the_sweep_finds_an_object_when_a_refresh_just_died(world: World) -> None:
    _forgotten_beside(world, dies=True)


def _behind_beside(world: World, *, dies: bool) -> None:
    world.published("daily_punctuality")
    world.warehouse.script = ["endless"]
    world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
    world.settle(10)
    world.published("daily_punctuality")
    world.settle(400)
    world.status_events = False
    if dies:
        world.end(world.of(LOAD)[0], "ABORTED")
    world.tick("lake-load-sweep")


@scenario(rough=True)
def the_sweep_of_loads_finds_a_copy_behind_while_a_load_runs(world: World) -> None:
    _behind_beside(world, dies=False)


@scenario(rough=True)
def the_sweep_of_loads_finds_a_copy_behind_when_a_load_just_died(world: World) -> None:
    _behind_beside(world, dies=True)


@scenario(rough=True)
def the_sweep_finds_a_refresh_that_died(world: World) -> None:
    world.status_events = False
    world.land(PLANES)
    world.settle(20)
    world.end(world.of(REFRESH)[0], "ABORTED")
    world.settle(600)
    world.tick(SWEEP)


@scenario(rough=True)
def the_sweep_finds_a_load_that_died(world: World) -> None:
    world.status_events = False
    world.published("daily_punctuality")
    world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
    world.settle(3)
    world.end(world.of(LOAD)[0], "ABORTED")
    world.settle(600)
    world.tick("lake-load-sweep")


@scenario()
def an_input_was_published_and_its_product_not_requested(world: World) -> None:
    world.published("flights")
    world.published("airlines")
    _tick(world)


@scenario()
def the_sweep_comes_while_a_refresh_runs(world: World) -> None:
    world.land(PLANES)
    world.settle(20)
    for machine in world.app.schedules:
        world.start(machine, {})
    world.settle()


@scenario(rough=True)
def a_publication_could_not_be_announced(world: World) -> None:
    world.faults.append(Fault(REFRESH, "Announce", "error", "EventBridge.FailedEntry", times=None))
    world.published("flights")
    world.land(AIRLINES)
    world.settle()


@scenario()
def everything_is_published_and_kept(world: World) -> None:
    for dataset in sorted(world.datasets, key=lambda name: (name in world.app.inputs, name)):
        world.published(dataset, upkeep="kept")
    _tick(world)


@scenario(rough=True)
def an_optimizer_is_gone(world: World) -> None:
    world.land(PLANES)
    world.settle()
    world.glue.optimizers.popitem()
    world.tick()


def _loads(*outcomes: str) -> None:
    @scenario()
    def play(world: World) -> None:
        world.warehouse.script = list(outcomes)
        world.published("daily_punctuality")
        world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
        world.settle()

    SCENARIOS[-1] = Scenario(f"the transaction of a load ends as {', '.join(outcomes)}", play, rough=outcomes != ("FINISHED",))


for ends in (("FAILED",), ("ABORTED",), ("endless",), ("FINISHED",)):
    _loads(*ends)


def _load_stopped(name: str, *, event: bool, more: bool) -> None:
    @scenario()
    def play(world: World) -> None:
        world.status_events = event
        world.published("daily_punctuality")
        for _ in range(2):
            world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
            world.settle(3)
            if not more:
                break
        world.end(world.of(LOAD)[0], "ABORTED")
        world.settle(1)
        if event:
            world.expect(len(world.messages) == 1, f"people are told at once, of {world.messages}")
        if more:
            world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
        world.settle()

    SCENARIOS[-1] = Scenario(name, play, rough=True)


_load_stopped("a load is stopped", event=True, more=False)
_load_stopped("a load is stopped after more was requested", event=True, more=True)
_load_stopped("a load is stopped, and the event of it never comes", event=False, more=False)
_load_stopped("a load is stopped, the event of it never comes, and a load is requested", event=False, more=True)


@scenario(rough=True)
def a_load_request_dies_before_it_starts_the_load(world: World) -> None:
    world.faults.append(Fault("lake-load-request", "Start", "TIMED_OUT"))
    world.published("daily_punctuality")
    world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
    world.settle()
    world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
    world.settle()


@scenario(rough=True)
def two_loads_are_requested_at_once(world: World) -> None:
    world.warehouse.script = ["FINISHED", "FAILED"]
    world.published("daily_punctuality")
    for _ in range(3):
        world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
        world.settle(4)
    world.settle()
    for _ in range(2):
        world.warehouse.script = ["FAILED"]
        world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
        world.settle(4)
        world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
        world.settle()


@scenario(rough=True)
def the_sweep_of_loads_finds_what_is_behind_or_was_never_started(world: World) -> None:
    world.faults.append(Fault("lake-load-request", "Start", "TIMED_OUT"))
    world.published("daily_punctuality")
    world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
    world.settle()
    _tick(world)


@scenario()
def a_copy_is_behind_its_product(world: World) -> None:
    world.published("daily_punctuality")
    _tick(world)


@scenario()
def the_sweep_comes_while_a_load_runs(world: World) -> None:
    world.published("daily_punctuality")
    world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
    world.settle(3)
    for machine in world.app.schedules:
        world.start(machine, {})
    world.settle()


@scenario(rough=True)
def a_load_cannot_release_its_lease(world: World) -> None:
    world.faults.append(Fault(LOAD, "Release", "error", "DynamoDb.DynamoDbException", times=None))
    world.published("daily_punctuality")
    world.send("lake.lake", "Load Requested", {"dataset": "daily_punctuality"})
    world.settle()


def burst(objects: int) -> Scenario:
    """Return the scenario of so many objects in a second."""
    return Scenario(f"{objects} objects in a second", lambda world: _burst(world, objects), 1)
