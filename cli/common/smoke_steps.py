"""The ten steps of a smoke test: each asks the services themselves, and gives one line on what they answered."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cli import crawl
from cli.common import athena, outputs, stacks
from cli.common.console import Say
from cli.common.datasets import contract, contracts
from cli.common.drill.alarms import alarms
from cli.common.errors import UserError
from cli.common.ledger import Item, Ledger
from cli.common.session import Lake
from cli.common.smoke_sample import DATASET, ROWS, Marked
from cli.land import Landed
from cli.wait import PAUSE_AWS, PAUSE_LOCAL

WHOLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
CHANGES = ("inserted", "updated", "unchanged", "duplicate", "quarantined")


class StepError(Exception):
    """A step found that something is not as it should be.

    Attributes:
        todo: what to do about it.
    """

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what)
        self.todo = todo


@dataclass
class Smoke:
    """What the steps work with.

    Attributes:
        timeout: seconds that a step waits at most.
        say: gets how far a step is.
        landed: the objects in raw, in order of landing.
        item: the ledger's account of the object that landed first, once it has one.
    """

    lake: Lake
    sample: Marked
    timeout: float
    say: Say = lambda _: None
    landed: list[Landed] = field(default_factory=list)
    item: Item = field(default_factory=dict)

    @property
    def job(self) -> str:
        return f"{self.lake.settings.name}-{DATASET}"

    def land(self, what: str, body: bytes) -> Landed:
        """Put an object into raw under today's date."""
        source = contract(self.lake, DATASET).source
        assert source is not None
        bucket = outputs.value(self.lake, outputs.STORAGE, "RawBucket")
        key = f"{source.location}ingest_date={datetime.now(UTC):%Y-%m-%d}/{self.sample.mark}-{what}.csv"
        answer = self.lake.s3.put_object(Bucket=bucket, Key=key, Body=body)
        self.landed.append(Landed(key, len(body), answer.get("VersionId", "null")))
        return self.landed[-1]

    def accounted(self, landed: Landed) -> Item:
        """Return the ledger's account of an object once a refresh has written it.

        Raises:
            StepError: the refresh failed, or none accounted for the object in time.
        """
        ledger = Ledger.of(self.lake)
        begun = datetime.now(UTC).isoformat()

        def account() -> Item | None:
            last = next(iter(ledger.runs(DATASET, most=1)), {})
            if last.get("status") == "failed" and last.get("finished_at", "") > begun:
                raise StepError(
                    f"the refresh {last['run']} failed: {last.get('cause', 'no cause was recorded')}", f"the log of Glue job {self.job}"
                )
            found = ledger.object(DATASET, landed.key, landed.version)
            return found if found and "pending" not in found else None

        return self.until(account, f"account of {landed.key}", f"./lake runs {DATASET} --env {self.lake.environment}")

    def until(self, look: Callable[[], Item | None], what: str, todo: str) -> Item:
        """Look until there is something; StepError with `todo` where there is nothing in time."""
        deadline = time.monotonic() + self.timeout
        while not (found := look()):
            if time.monotonic() > deadline:
                raise StepError(f"no {what} after {self.timeout:g} s", todo)
            self.say(f"waiting for the {what}")
            time.sleep(PAUSE_LOCAL if self.lake.settings.is_local else PAUSE_AWS)
        return found


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        proves: what an account shows of it and a laptop cannot.
        check: does it and returns one line on what was found.
    """

    title: str
    proves: str
    check: Callable[[Smoke], str]


def stacks_are_whole(smoke: Smoke) -> str:
    lake, known = smoke.lake, stacks.deployed(smoke.lake)
    parts = ["storage", "catalog", "orchestration", "monitoring", *sorted({f"processing-{one.domain}" for one in contracts(lake).values()})]
    wanted = [f"{lake.settings.name}-{part}" for part in parts]
    found = {name: known[name].status if name in known else "not deployed" for name in wanted}
    if broken := [f"{name} is {status}" for name, status in found.items() if status not in WHOLE]:
        raise StepError(
            "; ".join(broken), f"./lake deploy --env {lake.environment}; the CloudFormation console says why a stack is not whole"
        )
    return f"{len(wanted)} stacks"


def object_is_encrypted(smoke: Smoke) -> str:
    bucket = outputs.value(smoke.lake, outputs.STORAGE, "RawBucket")
    landed = smoke.land("first", smoke.sample.good())
    rules = smoke.lake.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    wanted = rules[0]["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID", "no key")
    if smoke.lake.settings.is_local:
        return f"{landed.key} landed; its bucket names {wanted.rpartition('/')[2]}, and nothing is encrypted here"
    head = smoke.lake.s3.head_object(Bucket=bucket, Key=landed.key)
    found = head.get("SSEKMSKeyId", head.get("ServerSideEncryption", "nothing"))
    if found != wanted:
        raise StepError(f"{landed.key} is under {found}, the bucket wants {wanted}", "see who overrides the bucket's default encryption")
    return f"{landed.key} landed, under {found.rpartition('/')[2]}"


def arrival_is_recorded(smoke: Smoke) -> str:
    landed, ledger = smoke.landed[0], Ledger.of(smoke.lake)
    name = smoke.lake.settings.name
    begin = time.monotonic()
    smoke.until(
        lambda: ledger.object(DATASET, landed.key, landed.version),
        "record of its arrival",
        f"the executions of state machine {name}-intake, the rule {name}-arrived, the queue of undelivered events",
    )
    return f"in the ledger after {time.monotonic() - begin:.0f} s"


def job_ran_as_itself(smoke: Smoke) -> str:
    smoke.item = smoke.accounted(smoke.landed[0])
    if smoke.item["state"] != "accounted":
        raise StepError(f"the object is {smoke.item['state']}: {smoke.item.get('reason')}", f"./lake runs {DATASET}")
    pages = smoke.lake.glue.get_paginator("get_job_runs").paginate(JobName=smoke.job)
    runs = [run for page in pages for run in page["JobRuns"] if run.get("Arguments", {}).get("--run_id") == smoke.item["run"]]
    if not runs or runs[0]["JobRunState"] not in ("SUCCEEDED", "RUNNING"):
        state = runs[0]["JobRunState"] if runs else "unknown to Glue"
        raise StepError(f"the job run of {smoke.item['run']} is {state}", f"the runs of Glue job {smoke.job}")
    role = smoke.lake.glue.get_job(JobName=smoke.job)["Job"]["Role"].rpartition("/")[2]
    stack = f"{smoke.lake.settings.name}-processing-{contract(smoke.lake, DATASET).domain}"
    own = {resource.name for resource in stacks.resources(smoke.lake, [stack]) if resource.kind == "AWS::IAM::Role"}
    if role not in own:
        raise StepError(f"{smoke.job} runs under {role}, which is no role of {stack}", f"./lake deploy --env {smoke.lake.environment}")
    return f"run {runs[0]['Id']} on Glue {runs[0].get('GlueVersion')}, under {role}"


def athena_reads_it(smoke: Smoke) -> str:
    _check_closed(smoke.item)
    sql = f"select count(*) from {smoke.lake.settings.name}_processed.{DATASET} where tailnum = '{smoke.sample.mark}'"
    rows = athena.query(smoke.lake, sql).rows[0][0]
    if rows != ROWS:
        raise StepError(f"{ROWS} rows were landed, Athena finds {rows}: {sql}", f"./lake runs {DATASET} --env {smoke.lake.environment}")
    return f"{rows} rows by SQL; accounts close: {_told(smoke.item)}"


def landing_again_changes_nothing(smoke: Smoke) -> str:
    item = smoke.accounted(smoke.land("again", smoke.sample.good()))
    if item.get("unchanged") != ROWS:
        raise StepError(f"the same rows again are not all unchanged: {_told(item)}", "report it: this is a defect of the lake")
    return _told(item)


def bookmark_moved(smoke: Smoke) -> str:
    entry = smoke.lake.glue.get_job_bookmark(JobName=smoke.job)["JobBookmarkEntry"]
    if not entry.get("Run"):
        raise StepError(f"the bookmark of {smoke.job} is at run {entry.get('Run')}", f"is --job-bookmark-option of {smoke.job} enabled?")
    return f"at run {entry['Run']}, version {entry.get('Version')}"


def broken_row_is_set_apart(smoke: Smoke) -> str:
    landed = smoke.land("broken", smoke.sample.broken())
    item = smoke.accounted(landed)
    sql = f"select array_join(_reasons, '; ') from {smoke.lake.settings.name}_processed.{DATASET}_quarantine where _object = '{landed.key}'"
    rows = athena.query(smoke.lake, sql).rows
    if item.get("quarantined") != 1 or len(rows) != 1:
        raise StepError(f"one row was broken; the ledger says {_told(item)}, quarantine holds {len(rows)}", f"./lake runs {DATASET}")
    return str(rows[0][0])


def crawler_sees_raw(smoke: Smoke) -> str:
    lake, name = smoke.lake, f"{smoke.lake.settings.name}-raw-{DATASET}"
    crawl.crawl(lake, name, smoke.timeout, smoke.say)
    database = outputs.value(lake, outputs.CATALOG, "RawDatabaseName")
    columns = len(lake.glue.get_table(DatabaseName=database, Name=DATASET)["Table"]["StorageDescriptor"]["Columns"])
    source = contract(lake, DATASET).source
    assert source is not None
    if columns != len(source.fields):
        raise StepError(f"the raw table has {columns} columns, the files have {len(source.fields)}", f"./lake crawl {DATASET}")
    return f"{database}.{DATASET} with {columns} columns"


def somebody_is_told(smoke: Smoke) -> str:
    lake = smoke.lake
    found = alarms(lake)
    if mute := [alarm.definition["AlarmName"] for alarm in found if not alarm.tellers]:
        raise StepError(f"tell nobody: {', '.join(mute)}", f"./lake deploy --env {lake.environment}")
    url = outputs.value(lake, outputs.ORCHESTRATION, "UndeliveredQueueUrl")
    counted = lake.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    if waiting := int(counted["ApproximateNumberOfMessages"]):
        raise StepError(f"{waiting} events were not delivered", f"read them in {url.rpartition('/')[2]}; docs/runbook.md says what then")
    if unconfirmed := [address for address, arn in _subscriptions(lake) if not arn.startswith("arn:")]:
        raise StepError(f"not confirmed: {', '.join(unconfirmed)}", "each of them got a mail with a link to confirm")
    ringing = ", ".join(alarm.definition["AlarmName"] for alarm in found if alarm.definition["StateValue"] == "ALARM")
    return f"{len(found)} alarms, {ringing or 'none'} in alarm; no event undelivered"


def _subscriptions(lake: Lake) -> Iterator[tuple[str, str]]:
    for stack, output in ((outputs.ORCHESTRATION, "FailureTopicArn"), (outputs.MONITORING, "AlarmTopicArn")):
        topic = outputs.value(lake, stack, output)
        for page in lake.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
            yield from ((found["Endpoint"], found["SubscriptionArn"]) for found in page["Subscriptions"])


def _check_closed(item: Item) -> None:
    if item.get("read") != sum(item.get(change, 0) for change in CHANGES):
        raise StepError(f"the accounts do not close: {_told(item)}", "report it: this is a defect of the lake")


def _told(item: Item) -> str:
    return ", ".join(f"{item[name]} {name}" for name in ("read", *CHANGES) if item.get(name)) or "nothing read"


STEPS = (
    Step("stacks are whole", "CloudFormation takes the templates: properties, quotas, names", stacks_are_whole),
    Step("what lands is encrypted", "S3 and KMS really encrypt, and your credentials may use the key", object_is_encrypted),
    Step("the arrival is recorded", "EventBridge delivers and the intake machine may write, with nothing around it in the way", arrival_is_recorded),
    Step("the job ran under its own role", "Glue starts, loads its libraries and Iceberg, and IAM lets the role do its work", job_ran_as_itself),
    Step("Athena reads the rows", "Athena's own engine reads the table through the workgroup, its limit and its key", athena_reads_it),
    Step("landing again changes nothing", "the merge of the real Glue and Iceberg is as idempotent as here", landing_again_changes_nothing),
    Step("the bookmark moved", "Glue keeps the job's bookmark from run to run", bookmark_moved),
    Step("a broken row is set apart", "quarantine is written and read by the real engines", broken_row_is_set_apart),
    Step("the crawler sees raw", "Glue's own classifiers make one table with the columns of the files", crawler_sees_raw),
    Step("somebody is told", "alarms act, no event was lost, and addresses were confirmed", somebody_is_told),
)  # fmt: skip


def usable(lake: Lake) -> None:
    """Raise UserError where the environment has no dataset that the smoke could land."""
    if DATASET not in contracts(lake):
        raise UserError(
            f"the smoke lands {DATASET}, which {lake.environment} does not deploy; add it to `datasets`, try again, and take it out"
        )
