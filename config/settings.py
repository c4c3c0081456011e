"""Settings: every default stands here once; an environment's YAML holds only what differs.

No aws_cdk in here: the verbs read settings too, and importing CDK starts a node process.
"""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from config.alarms import AlarmSettings
from config.budget import BudgetSettings, check_budget
from config.shapes import shaped
from config.warehouse import NetworkSettings, WarehouseSettings, check_addresses
from contracts.zone import Zone

CHECKED = ConfigDict(extra="forbid")
DAY_MINUTES = 24 * 60
QUEUE_MINUTES = 60  # a job may wait that long for capacity before its own time runs
LOCAL_ACCOUNT = "000000000000"  # no account has it, so real credentials never reach a local environment's stacks

Switch = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1)]

Name = Annotated[
    str,
    shaped(r"[a-z][a-z0-9]{0,29}", "up to 30 lower-case letters and digits, a letter first: databases, stacks and jobs are named after it"),
]
Account = Annotated[str, shaped(r"\d{12}", "12 digits, in quotes")]
Region = Annotated[str, shaped(r"[a-z]{2}(-[a-z]+)+-\d", "a region, as eu-west-1")]
LocalUrl = Annotated[str, shaped(r"http://(127\.0\.0\.1|localhost):\d{2,5}", "an address on this machine, as http://127.0.0.1:4566")]
Email = Annotated[str, shaped(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")]
KeyArn = Annotated[str, shaped(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+", "the ARN of a KMS key (not of an alias)")]
PolicyName = Annotated[
    str, shaped(r"(arn:aws[a-z-]*:iam::(\d{12}|aws):policy/)?[\w+=,.@/-]{1,512}", "the name or the ARN of an IAM managed policy")
]
Qualifier = Annotated[str, shaped(r"[a-z0-9]{1,10}", "up to 10 lower-case letters and digits, as given to `cdk bootstrap --qualifier`")]
DatasetName = Annotated[
    str, shaped(r"([\w.-]+/)*[a-z][a-z0-9_]*", "the name of a dataset, or its folder as seen from the top of the checkout")
]
LayerArn = Annotated[
    str,
    shaped(
        r"arn:aws[a-z-]*:lambda:(\{region\}|[a-z0-9-]+):\d{12}:layer:[A-Za-z0-9_-]+:\d+",
        "the ARN of a version of a Lambda layer, with its region or {region}",
    ),
]
ConsumerName = Annotated[str, shaped(r"[a-zA-Z0-9_.-]{1,128}", "up to 128 letters, digits and _ . -")]
TagKey = Annotated[
    str, shaped(r"(?!aws:)[\w .:/=+@-]{1,128}", "a tag key: up to 128 letters, digits and _ . : / = + - @, not starting with aws:")
]
TagValue = Annotated[str, shaped(r"[\w .:/=+@-]{0,256}", "a tag value: up to 256 letters, digits and _ . : / = + - @")]

# what CloudWatch Logs takes: PutRetentionPolicy, retentionInDays
LogRetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class ZoneRetention:
    """How long a zone keeps what.

    Attributes:
        noncurrent_days: days that a replaced or deleted object can still be brought back.
        cold_after_days: days after which objects move to infrequent access; None keeps them hot.
    """

    noncurrent_days: Count = 30
    cold_after_days: Annotated[int, Field(strict=True, ge=30)] | None = None  # S3 takes no earlier transition to infrequent access


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class StorageSettings:
    """What differs by environment about the lake's state.

    Attributes:
        protected: refuse to delete the stack, and keep the data when it is deleted all the same.
        raw, processed, consumer: how long each zone keeps what.
    """

    protected: Switch = True
    raw: ZoneRetention = Field(default_factory=ZoneRetention)
    processed: ZoneRetention = Field(default_factory=ZoneRetention)
    consumer: ZoneRetention = Field(default_factory=ZoneRetention)

    def retention(self, zone: Zone) -> ZoneRetention:
        kept: ZoneRetention = getattr(self, zone.value)
        return kept


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class ProcessingSettings:
    """What a Glue job gets.

    Attributes:
        glue_version: the one whose Spark, Python and Iceberg the local cloud runs.
        workers: the most that auto scaling takes; Glue wants two at least.
        timeout_minutes: a job that takes longer is stopped, and its refresh has failed.
    """

    glue_version: Literal["5.1"] = "5.1"
    worker_type: Literal["G.1X", "G.2X", "G.4X", "G.8X"] = "G.1X"
    workers: Annotated[int, Field(strict=True, ge=2, le=299)] = 4
    timeout_minutes: Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)] = 60


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class QuerySettings:
    """What a query may cost.

    Attributes:
        scan_limit_gib: a query that would read more is cancelled by Athena.
        results_days: days that results of queries are kept.
    """

    scan_limit_gib: Count = 100
    results_days: Count = 7


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class LogSettings:
    """How long logs are kept."""

    retention_days: LogRetentionDays = 90


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class UpkeepSettings:
    """What the upkeep of Iceberg tables leaves; nothing that a refresh still needs may be older.

    Attributes:
        snapshot_days: days that a version of a table which readers no longer see can still be asked for.
        snapshots_kept: the last ones stay whatever their age, so one that the job of a product reads outlasts the next commits.
        orphan_days: days after which a file that no version of a table names is deleted; what a job has yet to commit is such a file too.
    """

    snapshot_days: Count = 7
    snapshots_kept: Annotated[int, Field(strict=True, ge=5)] = 10
    orphan_days: Annotated[int, Field(strict=True, ge=2)] = 7  # Iceberg refuses less than a day


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class FunctionSettings:
    """What Lambda functions get.

    Attributes:
        powertools_layer: ARN of the layer with Powertools for AWS Lambda, as AWS publishes it; `{region}` stands for the region. Version 32 has
            release 3.28.0, the one in the locks.
    """

    powertools_layer: LayerArn = "arn:aws:lambda:{region}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-arm64:32"


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class StreamSettings:
    """How records arrive one by one, where a contract has a stream.

    Attributes:
        shards: provisioned ones, each for 1 MB or 1,000 records a second; None lets the stream grow and shrink by itself.
        retention_hours: that a record can be read again from the stream.
        buffer_mib, buffer_seconds: a file in raw is written when either is reached; fewer seconds make smaller files.
        silence_hours: that no record may come before somebody is told.
        consumers: names of further readers, each with a speed of its own (enhanced fan-out).
        backup: keep the records as they came, too, under `_backup/stream/` of raw.
        transform_memory_mib: of the function that opens the records; its share of a processor grows with it.
    """

    shards: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    retention_hours: Annotated[int, Field(strict=True, ge=24, le=365 * 24)] = 7 * 24
    buffer_mib: Annotated[int, Field(strict=True, ge=64, le=128)] = 128
    buffer_seconds: Annotated[int, Field(strict=True, ge=60, le=900)] = 300
    silence_hours: Annotated[int, Field(strict=True, ge=1, le=24)] = 24
    consumers: Annotated[tuple[ConsumerName, ...], Field(max_length=20)] = ()
    backup: Switch = False
    transform_memory_mib: Annotated[int, Field(strict=True, ge=128, le=10240)] = 512


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class PullSettings:
    """What a function gets that pulls from an API.

    Attributes:
        timeout_seconds: of one run; a pull that takes longer is handed from run to run.
        memory_mib: an answer is held in it several times over.
    """

    timeout_seconds: Annotated[int, Field(strict=True, ge=60, le=900)] = 600
    memory_mib: Annotated[int, Field(strict=True, ge=256, le=10240)] = 512


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Settings:
    """One environment: a lake in one account and region.

    Attributes:
        name: what stacks, databases and jobs are named after; environments that share an account differ in it.
        endpoint_url: where the local cloud listens; None on AWS.
        tags: on every resource that takes tags.
        permissions_boundary: managed policy that bounds every role.
        bootstrap_qualifier: of the account's CDK bootstrap, where it is not CDK's own.
        key_arn: an existing key for all data; None makes one.
        notify: who is written to when an alarm begins, and when it is over: once for each fault.
        notify_each: who is written to of every single failure besides, with its cause: each refresh, load and run of a job that failed, each query
            that was cancelled, each object that could not be delivered. A channel for machines or chats; one fault may make many.
        datasets: what to deploy, each by its name, or by its folder where that is elsewhere; None deploys all there are, in
            company/datasets/ and in datasets/.
    """

    account: Account
    region: Region
    name: Name = "lake"
    endpoint_url: LocalUrl | None = None
    tags: dict[TagKey, TagValue] = Field(default_factory=dict, max_length=50)
    permissions_boundary: PolicyName | None = None
    bootstrap_qualifier: Qualifier | None = None
    key_arn: KeyArn | None = None
    notify: tuple[Email, ...] = ()
    notify_each: tuple[Email, ...] = ()
    datasets: tuple[DatasetName, ...] | None = None
    storage: StorageSettings = Field(default_factory=StorageSettings)
    processing: ProcessingSettings = Field(default_factory=ProcessingSettings)
    query: QuerySettings = Field(default_factory=QuerySettings)
    upkeep: UpkeepSettings = Field(default_factory=UpkeepSettings)
    logs: LogSettings = Field(default_factory=LogSettings)
    alarms: AlarmSettings = Field(default_factory=AlarmSettings)
    functions: FunctionSettings = Field(default_factory=FunctionSettings)
    stream: StreamSettings = Field(default_factory=StreamSettings)
    pull: PullSettings = Field(default_factory=PullSettings)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    warehouse: WarehouseSettings = Field(default_factory=WarehouseSettings)
    budget: BudgetSettings = Field(default_factory=BudgetSettings)

    @property
    def is_local(self) -> bool:
        return self.endpoint_url is not None

    @model_validator(mode="after")
    def _somebody_is_told(self) -> Self:
        if self.storage.protected and not self.notify:
            raise PydanticCustomError(
                "notify", "is empty though storage.protected is true: name at least one e-mail address", {"key": "notify"}
            )
        return self

    @model_validator(mode="after")
    def _upkeep_leaves_what_jobs_need(self) -> Self:
        for key in ("snapshot_days", "orphan_days"):
            days = getattr(self.upkeep, key)
            if days * DAY_MINUTES <= self.processing.timeout_minutes + QUEUE_MINUTES:
                raise PydanticCustomError(
                    "upkeep",
                    "{days} is too short: a job may run {timeout} minutes (processing.timeout_minutes) and wait {queue} before, "
                    "and its files would be deleted under it; give it more days",
                    {"key": f"upkeep.{key}", "days": days, "timeout": self.processing.timeout_minutes, "queue": QUEUE_MINUTES},
                )
        return self

    @model_validator(mode="after")
    def _warehouse_fits_its_network(self) -> Self:
        check_addresses(self.network, self.warehouse)
        return self

    @model_validator(mode="after")
    def _budget_is_heard_of(self) -> Self:
        check_budget(self.budget, self.notify, self.tags)
        return self

    @model_validator(mode="after")
    def _local_means_local(self) -> Self:
        if self.is_local != (self.account == LOCAL_ACCOUNT):
            raise PydanticCustomError(
                "local",
                "goes with account {account} and with no other, so that real credentials are refused",
                {"key": "endpoint_url", "account": LOCAL_ACCOUNT},
            )
        return self
