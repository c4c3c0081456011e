"""Every alarm of the monitoring stack, begun and ended by what it watches, on a local cloud whose clock runs fast."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.common.drill.clock import change
from cli.common.inbox import Message, messages
from tests.end_to_end.lake import ROOT
from tests.local_cloud.jobs import GlueJob
from tests.local_cloud.running import ACCOUNT, LocalCloud, free_port, until
from tests.local_cloud.warehouses import Warehouse
from tests.stacks.synthesis import synthesise

SLOWER = 100
SPEED = 600  # five minutes take half a second, an hour six seconds
SECONDS = 40
STACKS = ("Storage", "Orchestration", "Network", "Warehouse", "Monitoring")
OF_FUNCTIONS = ("AWS::Lambda::", "Custom::")  # their code is an asset, which nobody published, and no alarm watches them
STATES = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:"
KEPT = "route_punctuality"  # the product whose upkeep is drilled
FAIL = {"Type": "Fail", "Error": "Drill"}
WAIT = {"Type": "Wait", "Seconds": 20, "End": True}
DATASETS = tuple(sorted(path.parent.name for path in (ROOT / "datasets").glob("*/contract.yaml")))


@dataclass
class Drill:
    """The stacks that alarm, and what their topic was told."""

    cloud: LocalCloud
    outputs: dict[str, str]
    template: dict[str, Any]
    inbox: str
    told: list[tuple[str, str]] = field(default_factory=list)
    undo: dict[str, Callable[[], None]] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)

    def meant(self, since: int) -> list[tuple[str, str]]:
        """Return what the topic was told after the first `since` messages, as far as it came.

        What machines measure every half hour, three seconds of the fast clock, may come late on a busy computer: that is left out.
        """
        self.hear("", "", since)
        return [told for told in self.told[since:] if told[0] not in ("upkeep-failed", "fault-standing", "fault-sweep", SILENCE)]

    def alarms(self) -> dict[str, dict[str, Any]]:
        found = [r["Properties"] for r in self.template["Resources"].values() if r["Type"] == "AWS::CloudWatch::Alarm"]
        return {alarm["AlarmName"].removeprefix("lake-"): alarm for alarm in found}

    def hear(self, alarm: str, state: str, since: int) -> bool:
        """Whether the topic was told of a state, after the first `since` messages."""
        sqs = self.cloud.client("sqs")
        for message in sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
            body = json.loads(message["Body"])["Message"]
            if body.startswith("{"):
                told = json.loads(body)
                self.told.append((told["AlarmName"].removeprefix("lake-"), told["NewStateValue"]))
        return (alarm, state) in self.told[since:]

    def state(self, alarm: str) -> str:
        kinds = ["MetricAlarm", "CompositeAlarm"]
        answer = self.cloud.client("cloudwatch").describe_alarms(AlarmNames=[f"lake-{alarm}"], AlarmTypes=kinds)
        (found,) = answer["MetricAlarms"] + answer["CompositeAlarms"]
        return str(found["StateValue"])

    def teller(self, alarm: str) -> str:
        """Return the alarm that tells of an alarm: itself, or the one over it."""
        found = [r["Properties"] for r in self.template["Resources"].values() if r["Type"] == "AWS::CloudWatch::CompositeAlarm"]
        over = [one["AlarmName"].removeprefix("lake-") for one in found if f'"lake-{alarm}"' in one["AlarmRule"]]
        return str(over[0]) if over else alarm

    def begun(self) -> set[str]:
        """Return the alarms that began at any time."""
        pages = self.cloud.client("cloudwatch").get_paginator("describe_alarm_history").paginate(HistoryItemType="StateUpdate")
        items = [item for page in pages for item in page["AlarmHistoryItems"]]
        return {item["AlarmName"].removeprefix("lake-") for item in items if item["HistorySummary"].endswith("to ALARM")}

    def run(self, machine: str, state: dict[str, Any], **more: Any) -> str:
        """Run a machine with one state instead of its own, and return the execution."""
        machines = self.cloud.client("stepfunctions")
        definition = {"StartAt": "Drill", "States": {"Drill": state}, **more}
        own = machines.describe_state_machine(stateMachineArn=f"{STATES}lake-{machine}")["definition"]
        self.definitions.setdefault(machine, own)
        machines.update_state_machine(stateMachineArn=f"{STATES}lake-{machine}", definition=json.dumps(definition))
        return str(machines.start_execution(stateMachineArn=f"{STATES}lake-{machine}", input="{}")["executionArn"])

    def restore(self) -> None:
        """Give machines their own definitions back: one that a schedule starts would fail with each start."""
        for machine, own in self.definitions.items():
            self.cloud.client("stepfunctions").update_state_machine(stateMachineArn=f"{STATES}lake-{machine}", definition=own)
        self.definitions.clear()

    def queue(self, name: str) -> str:
        return str(self.cloud.client("sqs").get_queue_url(QueueName=f"lake-{name}")["QueueUrl"])

    def keep(self, item: dict[str, str]) -> None:
        """Write an item of the ledger."""
        table = self.outputs["LedgerTable"]
        self.cloud.client("dynamodb").put_item(TableName=table, Item={name: {"S": value} for name, value in item.items()})

    def publish(self, age: timedelta) -> None:
        """Say in the ledger that flights was published so long ago."""
        self.keep({"dataset": "flights", "item": "publication", "snapshot": "1", "published_at": (datetime.now(UTC) - age).isoformat()})

    def schedule(self, state: str, machine: str = "freshness") -> None:
        scheduler = self.cloud.client("scheduler")
        found = scheduler.get_schedule(Name=f"lake-{machine}")
        kept = {name: found[name] for name in ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
        scheduler.update_schedule(**kept, State=state)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    templates = synthesise("local", tmp_path_factory.mktemp("assembly")).templates
    cloud = LocalCloud(tmp_path_factory.mktemp("drill"), free_port(), SPEED)
    cloud.start()
    try:
        outputs: dict[str, str] = {}
        for stack in STACKS:
            given = {name: output["Value"] for name, output in templates[stack]["Outputs"].items()}
            resources = {name: made for name, made in templates[stack]["Resources"].items() if not made["Type"].startswith(OF_FUNCTIONS)}
            outputs |= cloud.deploy(f"lake-{stack.lower()}", resources, given)
        sqs = cloud.client("sqs")
        statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        inbox = sqs.create_queue(QueueName="inbox", Attributes={"Policy": policy})["QueueUrl"]
        cloud.client("sns").subscribe(TopicArn=outputs["AlarmTopicArn"], Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:inbox")
        drill = Drill(cloud, outputs, templates["Monitoring"], inbox)
        cloud.role("some-job", [])
        for dataset in DATASETS:
            make_job(dataset)(drill)
        attach_upkeep(drill)
        yield drill
    finally:
        cloud.end()


def nothing(_: Drill) -> None:
    """What began the alarm is over by itself."""


def time_out(machine: str) -> Callable[[Drill], None]:
    return lambda drill: void(drill.run(machine, WAIT, TimeoutSeconds=1))


def fail(machine: str) -> Callable[[Drill], None]:
    return lambda drill: void(drill.run(machine, FAIL))


def abort(machine: str) -> Callable[[Drill], None]:
    return lambda drill: void(drill.cloud.client("stepfunctions").stop_execution(executionArn=drill.run(machine, WAIT)))


def silence(machine: str) -> Callable[[Drill], None]:
    return lambda drill: drill.schedule("DISABLED", machine)


def wake(machine: str) -> Callable[[Drill], None]:
    return lambda drill: drill.schedule("ENABLED", machine)


def of_logs(part: str) -> Callable[[Drill], None]:
    """Say what a filter on a log would, whose stack is not deployed."""
    datum = {"MetricName": f"lake-{part}", "Value": 1}
    return lambda drill: void(drill.cloud.client("cloudwatch").put_metric_data(Namespace="Lake/LogErrors", MetricData=[datum]))


def write_error(group: str) -> Callable[[Drill], None]:
    return lambda drill: write_line(drill, group, "[ERROR] no such column")


def write_line(drill: Drill, group: str, line: str) -> None:
    """Write to a log, and make it where its stack is not deployed."""
    logs = drill.cloud.client("logs")
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName="drill")
    logs.put_log_events(logGroupName=group, logStreamName="drill", logEvents=[{"timestamp": int(time.time() * 1000), "message": line}])


def leave(queue: str) -> Callable[[Drill], None]:
    return lambda drill: void(drill.cloud.client("sqs").send_message(QueueUrl=drill.queue(queue), MessageBody="{}"))


def empty(queue: str) -> Callable[[Drill], None]:
    return lambda drill: void(drill.cloud.client("sqs").purge_queue(QueueUrl=drill.queue(queue)))


def misdirect(rule: str, send: Callable[[Drill], None], **changed: Any) -> Callable[[Drill], None]:
    """Give the rule's target a role that may not start intake, and more that does not work; then let an event come."""

    def begin(drill: Drill) -> None:
        events = drill.cloud.client("events")
        (target,) = events.list_targets_by_rule(Rule=f"lake-{rule}")["Targets"]
        drill.undo[rule] = lambda: void(events.put_targets(Rule=f"lake-{rule}", Targets=[target]))
        events.put_targets(Rule=f"lake-{rule}", Targets=[{**target, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody", **changed}])
        send(drill)

    return begin


def direct(rule: str) -> Callable[[Drill], None]:
    def end(drill: Drill) -> None:
        drill.undo.pop(rule)()
        empty("undelivered")(drill)

    return end


def land(drill: Drill) -> None:
    drill.cloud.client("s3").put_object(Bucket=drill.outputs["RawBucket"], Key="flights/files/a.csv", Body=b"a")


def announce(dataset: str) -> Callable[[Drill], None]:
    entry = {"Source": "lake.lake", "DetailType": "Dataset Refreshed", "Detail": json.dumps({"dataset": dataset})}
    return lambda drill: void(drill.cloud.client("events").put_events(Entries=[entry]))


def compute(drill: Drill) -> None:
    """Use more of the warehouse than its alarm lets a day have, in some statements."""
    (warehouse,) = drill.cloud.client("redshift-serverless").list_workgroups()["workgroups"]
    drill.cloud.client("redshift-serverless").update_workgroup(workgroupName=warehouse["workgroupName"], baseCapacity=512, maxCapacity=512)
    house = Warehouse(drill.cloud, warehouse["workgroupName"])
    rows = ", ".join(f"({n})" for n in range(200))
    for _ in range(4):
        house.run(
            f"select count(*) from (values {rows}) a(n), (values {rows}) b(n), (values {rows}) c(n), (values (1), (2), (3), (4)) d(n) where a.n + b.n + c.n = d.n"
        )


def break_job(drill: Drill) -> None:
    job = GlueJob(drill.cloud, "lake-broken").create({})
    job.script("raise SystemExit(1)")
    drill.cloud.client("glue").start_job_run(JobName="lake-broken")


def measure(namespace: str, metric: str, dimension: str, name: str, value: float) -> Callable[[Drill], None]:
    """Say what a service would measure that does not run here."""

    def begin(drill: Drill) -> None:
        datum = {"MetricName": metric, "Dimensions": [{"Name": dimension, "Value": f"lake-{name}"}], "Value": value}
        drill.cloud.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])

    return begin


def of_stream(metric: str, value: float) -> Callable[[Drill], None]:
    return measure("AWS/Kinesis", metric, "StreamName", "stream", value)


def of_delivery(metric: str, value: float) -> Callable[[Drill], None]:
    return measure("AWS/Firehose", metric, "DeliveryStreamName", "delivery", value)


def of_transform(metric: str, value: float) -> Callable[[Drill], None]:
    return measure("AWS/Lambda", metric, "FunctionName", "stream-transform", value)


def set_apart(drill: Drill) -> None:
    key = "_errors/stream/processing-failed/ingest_date=2013-01-01/lake-delivery-1"
    drill.cloud.client("s3").put_object(Bucket=drill.outputs["RawBucket"], Key=key, Body=b"{}")


def make_job(dataset: str) -> Callable[[Drill], None]:
    command = {"Name": "glueetl", "ScriptLocation": "s3://none/none.py"}
    return lambda drill: void(drill.cloud.client("glue").create_job(Name=f"lake-{dataset}", Role="some-job", Command=command))


def delete_job(dataset: str) -> Callable[[Drill], None]:
    """Take away what tells how old a dataset is that was never published."""
    return lambda drill: void(drill.cloud.client("glue").delete_job(JobName=f"lake-{dataset}"))


def attach_upkeep(drill: Drill) -> None:
    """Make the table of a product, and note in the ledger that it has its optimizers."""
    glue = drill.cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": "lake_consumer"})
    glue.create_table(DatabaseName="lake_consumer", TableInput={"Name": KEPT, "Parameters": {"table_type": "ICEBERG"}})
    for kind in ("compaction", "retention", "orphan_file_deletion"):
        glue.create_table_optimizer(**optimizer(kind), TableOptimizerConfiguration={"roleArn": "arn:aws:iam::1:role/x", "enabled": True})
    item = {name: {"S": value} for name, value in {"dataset": KEPT, "item": "publication", "upkeep": "attached"}.items()}
    drill.cloud.client("dynamodb").put_item(TableName=drill.outputs["LedgerTable"], Item=item)


def optimizer(kind: str) -> dict[str, str]:
    return {"CatalogId": ACCOUNT, "DatabaseName": "lake_consumer", "TableName": KEPT, "Type": kind}


def switch_upkeep(enabled: bool) -> Callable[[Drill], None]:
    """Suspend an optimizer as Glue does after failures, or put it to work again."""
    told = {"TableOptimizerConfiguration": {"enabled": enabled}}
    return lambda drill: void(drill.cloud.client("glue").update_table_optimizer(**optimizer("compaction"), **told))


def of_runs(metric: str, value: float) -> Callable[[Drill], None]:
    """Say what a job says at the end of a run."""

    def begin(drill: Drill) -> None:
        datum = {"MetricName": metric, "Dimensions": [{"Name": "Lake", "Value": "lake"}], "Value": value}
        drill.cloud.client("cloudwatch").put_metric_data(Namespace="Lake/Runs", MetricData=[datum])

    return begin


def cancel_a_query(drill: Drill) -> None:
    """Ask what takes long, and stop it."""
    athena = drill.cloud.client("athena")
    if "lake" not in [found["Name"] for found in athena.list_work_groups()["WorkGroups"]]:
        drill.cloud.client("s3").create_bucket(Bucket="results")
        where = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
        athena.create_work_group(Name="lake", Configuration=where)
    numbers = ", ".join(f"({number})" for number in range(300))
    places = ", ".join(f"(values {numbers}) as t{number}(n{number})" for number in range(4))
    query = athena.start_query_execution(QueryString=f"select count(*) from {places} where n0 + n1 * n2 = n3", WorkGroup="lake")
    athena.stop_query_execution(QueryExecutionId=query["QueryExecutionId"])


def hold(since: str) -> Callable[[Drill], None]:
    """Give the lease of planes to an execution that was made at some time."""
    made = since.replace("-", "").replace(":", "") + "000"
    owner = f"arn:aws:states:us-east-1:{ACCOUNT}:execution:lake-refresh:planes-{made}-1a2b3c4d"
    return lambda drill: drill.keep({"dataset": "planes", "item": "lease", "owner": owner})


def release(drill: Drill) -> None:
    """Give it to one that was made just now, which is as good as none."""
    hold(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"))(drill)


def leave_pending(drill: Drill) -> None:
    """Leave an object that arrived long ago without an account."""
    item = "object#planes/files/a.csv#1"
    drill.keep({"dataset": "planes", "item": item, "pending": item, "arrived_at": "2013-01-01T00:00:00Z", "state": "arrived"})


def take_in(drill: Drill) -> None:
    drill.keep({"dataset": "planes", "item": "object#planes/files/a.csv#1", "state": "accounted"})


def void(_: object) -> None:
    """Forget an answer."""


NOWHERE = {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere"}}
DRILLS: dict[str, tuple[Callable[[Drill], None], Callable[[Drill], None]]] = {
    "age-airlines": (delete_job("airlines"), make_job("airlines")),
    "age-daily_punctuality": (delete_job("daily_punctuality"), make_job("daily_punctuality")),
    "age-flights": (lambda drill: drill.publish(timedelta(hours=27)), lambda drill: drill.publish(timedelta(hours=25))),
    "refresh-failed": (fail("refresh"), nothing),
    "refresh-timed-out": (time_out("refresh"), nothing),
    "refresh-aborted": (abort("refresh"), nothing),
    "intake-failed": (fail("intake"), nothing),
    "intake-timed-out": (time_out("intake"), nothing),
    "ended-failed": (fail("ended"), nothing),
    "ended-timed-out": (time_out("ended"), nothing),
    "sweep-failed": (fail("sweep"), nothing),
    "sweep-timed-out": (time_out("sweep"), nothing),
    "sweep-silent": (silence("sweep"), wake("sweep")),
    "freshness-silent": (silence("freshness"), wake("freshness")),
    **{f"log-errors-{part}": (fail(part), nothing) for part in ("refresh", "intake", "ended", "sweep")},
    "log-errors-jobs": (of_logs("jobs"), nothing),
    "log-errors-stream-transform": (of_logs("stream-transform"), nothing),
    "undelivered-events": (leave("undelivered"), empty("undelivered")),
    "undelivered-alarms": (leave("alarms-undelivered"), empty("alarms-undelivered")),
    "arrived-not-delivered": (misdirect("arrived", land), direct("arrived")),
    "refreshed-not-delivered": (misdirect("refreshed", announce("flights")), direct("refreshed")),
    "arrived-lost": (misdirect("arrived", land, **NOWHERE), direct("arrived")),
    "refreshed-lost": (misdirect("refreshed", announce("flights"), **NOWHERE), direct("refreshed")),
    "job-failed": (break_job, nothing),
    "upkeep-failed": (switch_upkeep(False), switch_upkeep(True)),
    "stream-behind": (of_stream("GetRecords.IteratorAgeMilliseconds", 16 * 60 * 1000), nothing),
    "stream-writes-throttled": (of_stream("WriteProvisionedThroughputExceeded", 1), nothing),
    "stream-reads-throttled": (of_stream("ReadProvisionedThroughputExceeded", 1), nothing),
    "delivery-old": (of_delivery("DeliveryToS3.DataFreshness", 46 * 60), nothing),
    "delivery-failing": (of_delivery("DeliveryToS3.Success", 0), nothing),
    "delivery-partitions": (of_delivery("PartitionCountExceeded", 1), nothing),
    "stream-transform-failed": (of_transform("Errors", 1), nothing),
    "stream-transform-throttled": (of_transform("Throttles", 1), nothing),
    "not-delivered": (set_apart, nothing),
    "delivery-logged": (lambda drill: write_line(drill, "/aws/kinesisfirehose/lake-delivery", "denied"), nothing),
    "query-cut-off": (cancel_a_query, nothing),
    "accounts-open": (of_runs("OpenAccounts", 1), nothing),
    "quarantine-share": (of_runs("QuarantinedPercent", 50), nothing),
    "run-warnings": (of_runs("Warnings", 1), nothing),
    "job-slow": (of_runs("Slowness", 4), nothing),
    "lease-old": (hold("2013-01-01T00:00:00"), release),
    "unaccounted-objects": (leave_pending, take_in),
}
SILENCE = "nothing-arrived"  # an alarm from the beginning, so it has a test of its own
OF_WAREHOUSE: dict[str, tuple[Callable[[Drill], None], Callable[[Drill], None]]] = {
    "load-failed": (fail("load"), nothing),
    "load-timed-out": (time_out("load"), nothing),
    "load-aborted": (abort("load"), nothing),
    "load-request-failed": (fail("load-request"), nothing),
    "load-request-timed-out": (time_out("load-request"), nothing),
    "load-ended-failed": (fail("load-ended"), nothing),
    "load-ended-timed-out": (time_out("load-ended"), nothing),
    "load-sweep-failed": (fail("load-sweep"), nothing),
    "load-sweep-timed-out": (time_out("load-sweep"), nothing),
    "load-sweep-silent": (silence("load-sweep"), wake("load-sweep")),
    **{f"log-errors-{part}": (fail(part), nothing) for part in ("load", "load-request", "load-ended", "load-sweep")},
    "log-errors-migrate": (write_error("/aws/lambda/lake-migrate"), nothing),
    "undelivered-load-events": (leave("loads-undelivered"), empty("loads-undelivered")),
    "loads-not-delivered": (misdirect("loads", announce("daily_punctuality")), direct("loads")),
    "loads-lost": (misdirect("loads", announce("daily_punctuality"), **NOWHERE), direct("loads")),
}
BY_DEFAULT = (
    "age-",
    "intake-timed-out",
    "refresh-aborted",
    "undelivered-",
    "arrived-",
    "log-errors-intake",
    "upkeep-",
    "delivery-logged",
    "query-",
)
"""One of each kind of source; the others belong to the whole matrix, and to the drill of a whole lake."""
DAYS = {"warehouse-used-much", "job-cost"}  # over when the day is: begun alone


def test_every_alarm_of_the_stack_has_its_drill(drill: Drill) -> None:
    """The ages of all datasets are one entry of the catalogue; three of them are drilled."""
    fixed = {alarm for alarm in drill.alarms() if not alarm.startswith("age-")}
    ages = set(drill.alarms()) - fixed
    assert len(ages) >= 3
    assert {alarm for alarm in DRILLS | OF_WAREHOUSE if not alarm.startswith("age-")} | DAYS == fixed - {SILENCE}
    assert {alarm for alarm in DRILLS if alarm.startswith("age-")} < ages


def test_an_age_that_nobody_measures_is_an_alarm_until_it_is_measured_again_and_one_message_tells_of_all(drill: Drill) -> None:
    ages = [alarm for alarm in drill.alarms() if alarm.startswith("age-")]
    assert len({drill.teller(alarm) for alarm in ages}) >= 2  # each of which would tell by itself
    calm(drill)
    drill.meant(0)
    since = len(drill.told)
    drill.schedule("DISABLED")
    until(lambda: all(drill.state(alarm) == "ALARM" for alarm in ages), SECONDS)
    assert drill.meant(since) == [("freshness-silent", "ALARM")]
    # an execution measures one dataset after the other, some minutes of the fast clock
    change(drill.cloud.home, SLOWER)
    drill.schedule("ENABLED")
    until(lambda: all(drill.state(alarm) == "OK" for alarm in (*ages, "freshness-silent")), SECONDS)
    change(drill.cloud.home, SPEED)
    calm(drill)
    until(lambda: len(drill.meant(since)) >= 2, SECONDS)
    assert drill.meant(since) == [("freshness-silent", "ALARM"), ("freshness-silent", "OK")]


def test_a_refresh_that_fails_by_its_job_tells_people_once_whatever_sees_it(drill: Drill) -> None:
    """The machine's metric, its log, the event of the job's run and the job's log: four alarms, two texts for whoever wants each failure, one message."""
    seen = ("refresh-failed", "log-errors-refresh", "job-failed", "log-errors-jobs")
    calm(drill)
    drill.meant(0)
    since, texts = len(drill.told), len(list(each(drill)))
    break_job(drill)
    of_logs("jobs")(drill)
    fail("refresh")(drill)
    until(lambda: all(drill.state(alarm) == "ALARM" for alarm in seen), SECONDS)
    until(lambda: len(list(each(drill))) > texts, SECONDS)
    drill.restore()
    until(lambda: all(drill.state(alarm) == "OK" for alarm in seen), SECONDS)
    until(lambda: len(drill.meant(since)) >= 2, SECONDS)
    assert drill.meant(since) == [("fault-refreshes", "ALARM"), ("fault-refreshes", "OK")]


def calm(drill: Drill) -> None:
    """Wait until no alarm is on, but for the stream that nothing comes to."""
    found = [*drill.alarms(), *(drill.teller(alarm) for alarm in drill.alarms())]
    until(
        lambda: not [alarm for alarm in set(found) - DAYS - {SILENCE, "upkeep-failed", "fault-standing"} if drill.state(alarm) == "ALARM"],
        SECONDS,
    )


def each(drill: Drill) -> Iterator[Message]:
    """Yield what whoever is in `notify_each` was told by rules."""
    topic = drill.outputs["EachTopicArn"].rpartition(":")[2]
    return (message for message in messages(drill.cloud.home) if message.topic == topic)


@pytest.mark.parametrize(
    "alarm",
    [alarm if alarm.startswith(BY_DEFAULT) else pytest.param(alarm, marks=pytest.mark.matrix) for alarm in (DRILLS | OF_WAREHOUSE)],
)
def test_an_alarm_begins_and_ends_with_what_it_watches_and_the_topic_is_told(alarm: str, drill: Drill) -> None:
    begin, end = (DRILLS | OF_WAREHOUSE)[alarm]
    teller = drill.teller(alarm)
    until(lambda: drill.state(alarm) == drill.state(teller) == "OK", SECONDS)
    since = len(drill.told)
    begin(drill)
    until(lambda: drill.hear(teller, "ALARM", since), SECONDS)
    until(lambda: alarm in drill.begun(), SECONDS)  # another of the fault may have told
    end(drill)
    drill.restore()
    until(lambda: drill.hear(teller, "OK", drill.told.index((teller, "ALARM"), since)), SECONDS)
    until(lambda: drill.state(alarm) == "OK", SECONDS)


def test_a_stream_that_nothing_comes_to_is_an_alarm_until_a_record_comes(drill: Drill) -> None:
    until(lambda: drill.state(SILENCE) == "ALARM", SECONDS)
    since = len(drill.told)
    of_stream("IncomingRecords", 1)(drill)
    until(lambda: drill.hear(SILENCE, "OK", since), SECONDS)
    until(lambda: drill.hear(SILENCE, "ALARM", drill.told.index((SILENCE, "OK"), since)), SECONDS)


def test_a_day_in_which_jobs_cost_much_is_an_alarm(drill: Drill) -> None:
    until(lambda: drill.state("job-cost") == "OK", SECONDS)
    since = len(drill.told)
    of_runs("DpuHours", 101)(drill)
    until(lambda: drill.hear("job-cost", "ALARM", since), SECONDS)


@pytest.mark.matrix
def test_a_day_in_which_much_of_the_warehouse_is_used_is_an_alarm(drill: Drill) -> None:
    until(lambda: drill.state("warehouse-used-much") == "OK", SECONDS)
    since = len(drill.told)
    compute(drill)
    until(lambda: drill.hear("warehouse-used-much", "ALARM", since), SECONDS)


def test_a_dataset_that_was_never_published_is_as_old_as_its_job(drill: Drill) -> None:
    metric = {"Namespace": "Lake/Freshness", "MetricName": "AgeHours", "Statistics": ["Maximum"], "Period": 60}
    dimensions = [{"Name": "Lake", "Value": "lake"}, {"Name": "Dataset", "Value": "airlines"}]
    window = {"StartTime": datetime.now(UTC) - timedelta(minutes=10), "EndTime": datetime.now(UTC) + timedelta(minutes=1)}
    found = until(
        lambda: drill.cloud.client("cloudwatch").get_metric_statistics(**metric, Dimensions=dimensions, **window)["Datapoints"], SECONDS
    )
    assert 0 < max(point["Maximum"] for point in found) < 0.5
