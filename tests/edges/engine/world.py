"""A lake in one process: its machines, rules and schedules from the templates, the services that they use, and the faults of a scenario."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from ministack.core.responses import set_request_account_id, set_request_region

from local_cloud.replace import borrow
from local_cloud.step_functions import tasks
from local_cloud.step_functions.errors import TaskError
from local_cloud.step_functions.execution import current
from tests.edges.engine.edges import Definition, marked
from tests.edges.engine.fibers import Fiber, Fibers, Stopped
from tests.edges.engine.glue import ENDED, Glue
from tests.edges.engine.services import Client, dynamodb, refused
from tests.edges.engine.warehouse import Warehouse

MATCHES = borrow("ministack.services.eventbridge", "_matches_pattern", ("pattern_str", "event"), "match events as the local cloud does")
MOST_CALLS, MOST_CALLS_EACH = 1000, 20  # of one world, and more for each object; still more means that something goes round for ever
Record = dict[str, Any]
_current: ContextVar["World"] = ContextVar("world")


def current_world() -> "World":
    return _current.get()


@dataclass(frozen=True, kw_only=True)
class App:
    """What the templates define.

    Attributes:
        machines: ARN -> name, definition and whether it is an express one.
        rules: pattern as text and ARNs of machines.
        schedules: ARNs of machines.
        inputs: product -> datasets.
        copies: the datasets of which the warehouse has a copy.
        tellers: machine -> end of an execution -> the alarms that tell of it.
    """

    machines: dict[str, Record]
    rules: list[Record]
    schedules: list[str]
    ledger: str
    raw: str
    job_prefix: str
    datasets: list[str]
    inputs: dict[str, list[str]]
    copies: list[str]
    tellers: dict[str, dict[str, list[str]]]

    def arn(self, name: str) -> str:
        return next(arn for arn, machine in self.machines.items() if machine["name"] == name)

    def replaced(self, name: str, definition: Definition) -> "App":
        """Return the app with another definition of one machine."""
        return App(
            **{**self.__dict__, "machines": {**self.machines, self.arn(name): {**self.machines[self.arn(name)], "definition": definition}}}
        )


@dataclass
class Fault:
    """What goes wrong at a state.

    Attributes:
        what: error: the call fails and does nothing; lost: it does what it should, and fails; unread: a read leaves all keys unread; overtaken:
            another execution has taken the lease just before; ABORTED or TIMED_OUT:
            the execution ends there.
        skip: how often the state works before.
        times: how often it does not; None means always.
    """

    machine: str
    place: str
    what: str
    error: str = ""
    skip: int = 0
    times: int | None = 1
    hits: int = 0

    def strikes(self) -> bool:
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True


@dataclass
class Frame:
    """A state that an execution is in."""

    place: str
    catcher: Definition | None = None
    choice: str | None = None


@dataclass
class Execution:
    """An execution, as the services that it calls know it."""

    world: "World"
    record: Record
    express: bool
    fiber: Fiber | None = None
    frames: list[Frame] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return str(self.record["executionArn"])

    @property
    def machine(self) -> str:
        return str(self.record["stateMachineArn"])

    @property
    def machine_name(self) -> str:
        return str(self.world.app.machines[self.machine]["name"])

    @property
    def status(self) -> str:
        return str(self.record["status"])

    def client(self, service: str) -> Client:
        return self.world.clients[service]


class Endless(BaseException):
    """Something goes round for ever; no Exception, so that nothing in the interpreter catches it."""


class World:
    """One lake from its first object to the end of a scenario."""

    def __init__(self, app: App, *, seed: int | None = None, faults: Sequence[Fault] = ()) -> None:
        _current.set(self)
        set_request_account_id("222222222222")
        set_request_region("eu-west-1")
        self.app, self.faults, self.fibers = app, list(faults), Fibers(seed)
        self.executions: dict[str, Execution] = {}
        self.messages: list[Record] = []
        self.metrics: list[Record] = []
        self.objects: list[Record] = []
        self.seen: Counter[tuple[str, str, str]] = Counter()
        self.built: dict[str, Any] = {}
        self.calls = self.snapshots = self.names = 0
        self.status_events, self.more_faults, self.surprises = True, bool(faults), list[str]()
        self.glue, self.warehouse = Glue(self), Warehouse(self)
        self.running: dict[Fiber, Execution] = {}
        handlers: dict[str, Callable[[str, Record], Record]] = {
            "dynamodb": dynamodb,
            "glue": self.glue,
            "redshift-data": self.warehouse,
            **dict.fromkeys(("stepfunctions", "events", "sns", "s3", "cloudwatch"), self._call),
        }
        self.clients = {service: Client(service, handler) for service, handler in handlers.items()}
        self._make_ledger()

    # what scenarios do

    @property
    def datasets(self) -> set[str]:
        return set(self.app.datasets)

    def land(self, key: str, *, event: bool = True, at: float | None = None) -> Record:
        """Put an object into raw; its event starts intake, unless nobody sends it."""
        found = {"key": key, "version": f"v{len(self.objects)}", "size": 10, "at": self.fibers.now if at is None else at}
        self.objects.append(found)
        if event:
            self.arrived(found)
        return found

    def arrived(self, found: Record) -> None:
        """Send the event of an object."""
        thing = {"key": found["key"], "size": found["size"], "version-id": found["version"]}
        self.send("aws.s3", "Object Created", {"bucket": {"name": self.app.raw}, "object": thing}, found["at"])

    def send(self, source: str, kind: str, detail: Record, at: float | None = None) -> None:
        """Deliver an event to the machines whose rules want it."""
        event = {"source": source, "detail-type": kind, "detail": detail, "time": self.fibers.iso(at), "account": "222222222222"}
        wanted = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
        for rule in self.app.rules:
            if MATCHES(rule["pattern"], wanted):
                for target in rule["targets"]:
                    self.start(target, event)

    def start(self, machine: str, given: Any, name: str | None = None) -> Execution:
        """Start an execution."""
        self.names += 1
        called = name or f"own-{self.names}"
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{called}"
        record: Record = {
            "executionArn": arn,
            "stateMachineArn": machine,
            "name": called,
            "status": "RUNNING",
            "startDate": self.fibers.iso(),
            "stopDate": None,
            "input": json.dumps(given) if not isinstance(given, str) else given,
            "output": None,
            "events": [],
        }
        execution = Execution(self, record, self.app.machines[machine]["express"])
        self.executions[arn] = execution
        execution.fiber = self.fibers.add(lambda: self._run(execution))
        return execution

    def settle(self, seconds: float | None = None) -> None:
        self.fibers.settle(None if seconds is None else self.fibers.now + seconds)

    def tick(self, *names: str) -> None:
        """Start what schedules start, of these machines or of all, and let it end."""
        for machine in self.app.schedules:
            if not names or self.app.machines[machine]["name"] in names:
                self.start(machine, {})
        self.settle()

    def end(self, execution: Execution, status: str, cause: str = "somebody stopped it") -> None:
        """End an execution from outside."""
        if execution.status == "RUNNING":
            execution.record.update(status=status, stopDate=self.fibers.iso(), error=None, cause=cause if status == "ABORTED" else None)
            if execution.fiber is not None:
                execution.fiber.killed, execution.fiber.wakes_at = True, self.fibers.now
            self.status_changed(execution.record)

    def of(self, name: str) -> list[Execution]:
        """Return the executions of a machine."""
        return [execution for execution in self.executions.values() if execution.machine_name == name]

    def expect(self, holds: bool, text: str) -> None:
        """Say what a scenario brings about where no more goes wrong than it says itself."""
        if not self.more_faults and not holds:
            self.surprises.append(text)

    # what the interpreter asks for

    def sleep(self, seconds: float) -> None:
        self._mine().fiber.pause(self.fibers.now + seconds)  # type: ignore[union-attr]

    def pause(self, seconds: float) -> None:
        """Let whoever runs, an execution or not, wait."""
        assert self.fibers.current is not None
        self.fibers.current.pause(self.fibers.now + seconds)

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.fibers.now, UTC)

    def see(self, kind: str, edge: str) -> None:
        self.seen[self._mine().machine_name, kind, edge] += 1

    def choose(self, rule: Definition) -> None:
        self._mine().frames[-1].choice = rule["Comment"]

    def caught(self, catcher: Definition, error: str) -> None:
        self._mine().frames[-1].catcher = catcher
        if catcher["ErrorEquals"] == ["States.ALL"]:
            self._mine().failures[self._mine().frames[-1].place] = error

    def state(self, definition: Definition, work: Callable[[], Any]) -> Any:
        """Run a state: a fault may end the execution as it enters, and the edge by which it leaves is seen."""
        execution, frame = self._mine(), Frame(definition["Comment"])
        self.see("state", frame.place)
        if fault := self._fault(execution, frame.place, "ABORTED", "TIMED_OUT"):
            self.end(execution, fault.what)
            raise Stopped
        execution.frames.append(frame)
        output, after = work()
        execution.frames.pop()
        if frame.catcher is None:
            execution.failures.pop(frame.place, None)
        if after is not None:
            above = frame.place.rpartition("/")[0]
            self.see("state", f"{above}/{after}" if above else after)
            default = "default" if definition["Type"] == "Choice" else "next"
            if frame.catcher is None:
                self.see("transition", f"{frame.choice or f'{frame.place} {default}'} -> {after}")
        return output, after

    def invoke(self, resource: str, arguments: Record, timeout: float) -> Any:
        """Call a service for the task that runs, with the faults of the scenario."""
        execution = self._mine()
        self.calls += 1
        most = MOST_CALLS + MOST_CALLS_EACH * len(self.objects)
        if self.calls > most:
            raise Endless(f"more than {most} calls; the last was {resource} of {execution.machine_name}")
        place = execution.frames[-1].place
        fault = self._fault(execution, place, "error", "lost", "unread", "overtaken")
        execution.fiber.pause()  # type: ignore[union-attr]
        if fault is not None and fault.what == "error":
            raise TaskError(fault.error, "scripted")
        if fault is not None and fault.what == "overtaken":
            self._overtake(arguments["Key"]["dataset"]["S"], arguments["Key"]["item"]["S"])
        token = current.set(execution)  # type: ignore[arg-type]
        try:
            answer = self._run_job(execution, arguments, timeout) if resource.endswith(".sync") else tasks.invoke(resource, arguments)
        finally:
            current.reset(token)
        if fault is not None and fault.what == "lost":
            raise TaskError(fault.error, "scripted, once it was done")
        if fault is not None and fault.what == "unread":
            return {"Responses": {table: [] for table in arguments["RequestItems"]}, "UnprocessedKeys": arguments["RequestItems"]}
        return answer

    def status_changed(self, record: Record) -> None:
        """Tell of a standard execution that ended; express ones send no event."""
        execution = self.executions[record["executionArn"]]
        record["stopDate"] = record["stopDate"] or self.fibers.iso()
        if execution.express or not self.status_events:
            return
        told = ("executionArn", "stateMachineArn", "name", "status", "input")
        failed = {name: record.get(name) if record["status"] == "FAILED" else None for name in ("error", "cause")}
        self.send("aws.states", "Step Functions Execution Status Change", {**{name: record[name] for name in told}, **failed})

    # what the services do

    def pending(self, dataset: str) -> list[str]:
        return [item["item"] for item in self.items(dataset) if "pending" in item]

    def publish_data(self, dataset: str, run: str, pending: list[str]) -> None:
        """Account for what was recorded and pending, or build a product from its inputs, and publish where there is something new."""
        for item in pending:
            self._update(dataset, item, "SET #s = :s REMOVE pending", {":s": {"S": "accounted"}}, {"#s": "state"})
        inputs = {name: self.publication(name).get("snapshot") for name in self.app.inputs.get(dataset, [])}
        is_new = bool(pending) or (bool(inputs) and inputs != self.built.get(dataset))
        if is_new:
            self.built[dataset], self.snapshots = inputs, self.snapshots + 1
            values = {":n": {"S": f"s{self.snapshots}"}, ":a": {"S": self.fibers.iso()}, ":r": {"N": "5"}}
            self._update(dataset, "publication", "SET #n = :n, published_at = :a, #r = :r", values, {"#n": "snapshot", "#r": "rows"})
        self.note_run(dataset, run, status={"S": "published" if is_new else "unchanged"})

    def published(self, dataset: str, **more: str) -> None:
        """Begin with a dataset that is published and announced."""
        self.snapshots += 1
        snapshot, inputs = f"s{self.snapshots}", self.app.inputs.get(dataset, [])
        self.built[dataset] = {name: self.publication(name).get("snapshot") for name in inputs}
        values = {"snapshot": snapshot, "announced": snapshot, "published_at": self.fibers.iso(), **more}
        item = {"dataset": dataset, "item": "publication", **values}
        typed = {name: {"S": value} for name, value in item.items()}
        dynamodb("put_item", {"TableName": self.app.ledger, "Item": {**typed, "rows": {"N": "5"}}})

    def note_run(self, dataset: str, run: str, **values: Record) -> None:
        names = {f"#{name}": name for name in values}
        change = ", ".join(f"#{name} = :{name}" for name in values)
        self._update(dataset, f"run#{run}", f"SET {change}", {f":{name}": value for name, value in values.items()}, names)

    def items(self, dataset: str | None = None) -> list[Record]:
        """Return the items of the ledger as plain values."""
        found = dynamodb("scan", {"TableName": self.app.ledger})["Items"]
        plain = [{name: TypeDeserializer().deserialize(value) for name, value in item.items()} for item in found]
        return [item for item in plain if dataset is None or item["dataset"] == dataset]

    def publication(self, dataset: str) -> Record:
        return next((item for item in self.items(dataset) if item["item"] == "publication"), {})

    def _call(self, name: str, arguments: Record) -> Record:
        found: Record = getattr(self, f"_{name}")(**arguments)
        return found

    def _start_execution(self, stateMachineArn: str, input: str, name: str | None = None) -> Record:
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        same = self.executions.get(arn)
        if same is not None and (same.status != "RUNNING" or same.record["input"] != input):
            raise refused("ExecutionAlreadyExists")
        found = same or self.start(stateMachineArn, input, name)
        return {"executionArn": found.arn, "startDate": self.moment()}

    def _describe_execution(self, executionArn: str) -> Record:
        if executionArn not in self.executions:
            raise refused("ExecutionDoesNotExist")
        record = self.executions[executionArn].record
        times = {name: datetime.fromisoformat(record[name]) for name in ("startDate", "stopDate") if record[name]}
        said = {name: record[name] for name in ("error", "cause") if record.get(name)}
        return {**{name: record[name] for name in ("executionArn", "stateMachineArn", "name", "status", "input")}, **times, **said}

    def _put_events(self, Entries: list[Record]) -> Record:
        for entry in Entries:
            self.send(entry["Source"], entry["DetailType"], json.loads(entry["Detail"]))
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in Entries]}

    def _publish(self, **message: Any) -> Record:
        self.messages.append(message)
        return {"MessageId": "m"}

    def _put_metric_data(self, Namespace: str, MetricData: list[Record]) -> Record:
        self.metrics += [{"namespace": Namespace, **datum} for datum in MetricData]
        return {}

    def _list_object_versions(self, Bucket: str, Prefix: str, MaxKeys: int, KeyMarker: str = "", VersionIdMarker: str = "") -> Record:
        assert Bucket == self.app.raw
        under = sorted((found["key"], found["version"], found) for found in self.objects if found["key"].startswith(Prefix))
        rest = [found for key, version, found in under if (key, version) > (KeyMarker, VersionIdMarker)]
        page = [
            {
                "Key": found["key"],
                "VersionId": found["version"],
                "Size": found["size"],
                "IsLatest": True,
                "LastModified": datetime.fromtimestamp(found["at"], UTC),
            }
            for found in rest[:MaxKeys]
        ]
        if len(rest) <= MaxKeys:
            return {"IsTruncated": False, **({"Versions": page} if page else {})}
        last = page[-1]
        return {"IsTruncated": True, "Versions": page, "NextKeyMarker": last["Key"], "NextVersionIdMarker": last["VersionId"]}

    def _run_job(self, execution: Execution, arguments: Record, timeout: float) -> Any:
        started = tasks.invoke("arn:aws:states:::glue:startJobRun", arguments)["JobRunId"]
        run = next(run for run in self.glue.runs if run.id == started)
        deadline = self.fibers.now + timeout
        try:
            while run.state not in ENDED:
                if self.fibers.now >= deadline:
                    self._stop_job(run.id)
                    raise TaskError("States.Timeout", f"run {run.id} was stopped")
                self.sleep(min(10, deadline - self.fibers.now))
        except Stopped:
            self._stop_job(run.id)
            raise
        if run.state != "SUCCEEDED":
            raise TaskError("States.TaskFailed", json.dumps(run.description))
        return run.description

    def _stop_job(self, run: str) -> None:
        """Stop a job whose execution has ended: Step Functions does so at best effort."""
        if not self.glue.runs_on:
            self.glue.stop(run)

    def _run(self, execution: Execution) -> None:
        assert self.fibers.current is not None
        self.running[self.fibers.current] = execution
        _current.set(self)
        interpreters[-1](execution.machine, _marked(self.app.machines[execution.machine]["definition"]), execution.record)

    def _overtake(self, dataset: str, lease: str) -> None:
        machine = next(machine for machine in ("lake-refresh", "lake-load") if (machine == "lake-load") == lease.startswith("load"))
        before = next((item for item in self.items(dataset) if item["item"] == lease), {}).get("owner")
        other = self.start(self.app.arn(machine), {"dataset": dataset}, f"other-{self.names}")
        lost = {":l": {"S": before}} if before in self.executions and self.executions[before].status != "RUNNING" else {}
        change = f"SET #o = :o{', lost = :l' if lost else ''}"
        self._update(dataset, lease, change, {":o": {"S": other.arn}, **lost}, {"#o": "owner"})

    def _mine(self) -> Execution:
        assert self.fibers.current is not None
        return self.running[self.fibers.current]

    def _fault(self, execution: Execution, place: str, *kinds: str) -> Fault | None:
        for fault in self.faults:
            if (fault.machine, fault.place) == (execution.machine_name, place) and fault.what in kinds and fault.strikes():
                return fault
        return None

    def _update(self, dataset: str, item: str, change: str, values: Record, names: Record) -> None:
        key = {"dataset": {"S": dataset}, "item": {"S": item}}
        arguments = {"TableName": self.app.ledger, "Key": key, "UpdateExpression": change, "ExpressionAttributeValues": values}
        dynamodb("update_item", {**arguments, "ExpressionAttributeNames": names})

    def _make_ledger(self) -> None:
        tables = borrow("ministack.services.dynamodb", "_tables", object, "begin with an empty ledger")
        tables.clear()
        keys = ("dataset", "item")
        dynamodb(
            "create_table",
            {
                "TableName": self.app.ledger,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in (*keys, "pending")],
                "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, ("HASH", "RANGE"), strict=True)],
                "LocalSecondaryIndexes": [
                    {
                        "IndexName": "pending",
                        "KeySchema": [{"AttributeName": "dataset", "KeyType": "HASH"}, {"AttributeName": "pending", "KeyType": "RANGE"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            },
        )


interpreters: list[Callable[[str, str, Record], None]] = []
"""What runs an execution; it knows this module, so it comes by itself."""
_texts: dict[int, str] = {}


def _marked(definition: Definition) -> str:
    if id(definition) not in _texts:
        _texts[id(definition)] = json.dumps(marked(definition))
    return _texts[id(definition)]
