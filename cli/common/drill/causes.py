"""What a drill does to make each alarm begin: the failure itself where that is cheap and harms nothing, else the value that a service would measure."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

from cli.common import outputs, smoke_sample
from cli.common.datasets import contracts
from cli.common.drill.alarms import Alarm, put
from cli.common.session import Lake

MARK = "drill"
SILENCE = "nothing comes"
LOG_ERRORS = "Lake/LogErrors"
# namespace -> the schedule, behind the lake's name, of the machine that measures
MEASURING = {"Lake/Freshness": "freshness", "Lake/Upkeep": "upkeep", "Lake/Standing": "standing"}
# machines that end badly when they are given nothing, before they have done anything
REFUSING = ("intake", "refresh", "load", "load-request")
SCHEDULED = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target", "Description")


@dataclass(frozen=True)
class Cause:
    """A failure.

    Attributes:
        real: whether it is caused; else its metric is put.
        begin: causes it.
        repeated: whether it is to be caused again until its alarm begins.
        end: mends it; None where it is over by itself.
    """

    failure: str
    real: bool
    begin: Callable[[], object]
    repeated: bool = False
    end: Callable[[], object] | None = None


@dataclass
class Causes:
    """Chooses the cause for an alarm.

    Attributes:
        measuring: what ends when it closes: machines that were kept from measuring measure again.
    """

    lake: Lake
    measuring: ExitStack = field(default_factory=ExitStack)
    _silenced: dict[str, ExitStack] = field(default_factory=dict)

    def of(self, alarm: Alarm) -> Cause:
        """Return the cause of an alarm."""
        real = self._real(alarm)
        if real:
            return real
        if alarm.begins_by_silence:
            return Cause(SILENCE, True, lambda: None, end=lambda: put(self.lake, alarm, bad=False))
        namespace, metric = alarm.metric
        return Cause(f"{namespace} {metric} of {alarm.value(bad=True):g}", False, lambda: put(self.lake, alarm, bad=True), repeated=True)

    def _real(self, alarm: Alarm) -> Cause | None:
        namespace, metric = alarm.metric
        part = alarm.about.rpartition(":")[2].removeprefix(f"{self.lake.settings.name}-")
        if namespace in MEASURING and alarm.begins_by_silence:
            return self._unmeasured(MEASURING[namespace])
        if metric == "ExecutionsStarted" and alarm.begins_by_silence:
            return self._unmeasured(part)
        if namespace == LOG_ERRORS:
            return self._error_line(metric)
        if metric == "ApproximateNumberOfMessagesVisible":
            return self._dead_letter(alarm.about)
        if metric == "ExecutionsFailed" and part in REFUSING:
            return Cause(
                f"{part} is given nothing", True, lambda: self.lake.stepfunctions.start_execution(stateMachineArn=alarm.about, input="{}")
            )
        if (namespace, metric, part) == ("AWS/Lambda", "Errors", "stream-transform"):
            return Cause(
                "the transform is given nothing", True, lambda: self.lake.functions.invoke(FunctionName=alarm.about, Payload=b"{}")
            )
        known: Mapping[str, Callable[[], Cause | None]] = {
            "job-failed": self._failing_job,
            "not-delivered": self._poison_record,
            "quarantine-share": self._bad_file,
        }
        return known[alarm.name]() if alarm.name in known else None

    def _unmeasured(self, schedule: str) -> Cause:
        return Cause(f"{schedule} is not started", True, lambda: self._silence(schedule), end=lambda: self._measure(schedule))

    def _silence(self, schedule: str) -> None:
        if schedule not in self._silenced:
            self._silenced[schedule] = self.measuring.enter_context(ExitStack())
            self._silenced[schedule].enter_context(self._disabled(f"{self.lake.settings.name}-{schedule}"))

    def _measure(self, schedule: str) -> None:
        self._silenced[schedule].close()

    @contextmanager
    def _disabled(self, name: str) -> Iterator[None]:
        found = self.lake.scheduler.get_schedule(Name=name)
        kept = {member: found[member] for member in SCHEDULED if found.get(member)}
        self.lake.scheduler.update_schedule(**kept, State="DISABLED")
        try:
            yield
        finally:
            self.lake.scheduler.update_schedule(**kept, State="ENABLED")

    def _error_line(self, metric: str) -> Cause:
        """Return what writes an error line into the log that a metric is counted of."""
        found = self.lake.logs.describe_metric_filters(metricName=metric, metricNamespace=LOG_ERRORS)["metricFilters"][0]
        group, fields = found["logGroupName"], found["filterPattern"].startswith("{")
        line = json.dumps({"type": "ExecutionFailed", "details": {"error": MARK}}) if fields else f"ERROR {MARK}"
        logs = self.lake.logs

        def write() -> None:
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_stream(logGroupName=group, logStreamName=MARK)
            event = {"timestamp": int(time.time() * 1000), "message": line}
            logs.put_log_events(logGroupName=group, logStreamName=MARK, logEvents=[event])

        return Cause(f"an error line in {group}", True, write)

    def _dead_letter(self, queue: str) -> Cause:
        url, mark = self.lake.sqs.get_queue_url(QueueName=queue)["QueueUrl"], f"{MARK} {uuid4()}"

        def take_back() -> None:
            for _ in range(50):  # others that wait there stay
                received = self.lake.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1).get("Messages", [])
                for message in received:
                    if message["Body"] == mark:
                        self.lake.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                        return

        return Cause("a dead letter", True, lambda: self.lake.sqs.send_message(QueueUrl=url, MessageBody=mark), end=take_back)

    def _failing_job(self) -> Cause | None:
        name = next((f"{self.lake.settings.name}-{dataset}" for dataset in contracts(self.lake)), None)
        glue = self.lake.glue

        def start() -> None:
            with suppress(glue.exceptions.ConcurrentRunsExceededException):  # the job runs just now
                glue.start_job_run(JobName=str(name))  # without --run_id, which a refresh gives, it fails before it does anything

        return Cause("a job that is told nothing", True, start) if name else None

    def _poison_record(self) -> Cause | None:
        stream = f"{self.lake.settings.name}-stream"
        return Cause(
            "a record that is no record",
            True,
            lambda: self.lake.kinesis.put_record(StreamName=stream, Data=f"{MARK}: not a record".encode(), PartitionKey=MARK),
        )

    def _bad_file(self) -> Cause | None:
        source = contracts(self.lake).get(smoke_sample.DATASET)
        if source is None or source.source is None:
            return None
        key = f"{source.source.location}ingest_date=1970-01-01/{MARK}-{uuid4()}.csv"
        bucket = outputs.value(self.lake, outputs.STORAGE, "RawBucket")
        body = smoke_sample.Marked(MARK).broken()
        return Cause(
            "a file with a broken row",
            True,
            lambda: self.lake.s3.put_object(Bucket=bucket, Key=key, Body=body),
            end=lambda: self.lake.s3.delete_object(Bucket=bucket, Key=key),
        )
