"""Settings: every default stands here once; an environment's YAML holds only what differs.

No aws_cdk in here: the verbs read settings too, and importing CDK starts a node process.
"""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from config.shapes import shaped
from config.warehouse import NetworkSettings, WarehouseSettings, check_addresses
from contracts.zone import Zone

CHECKED = ConfigDict(extra="forbid")
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
class Settings:
    """One environment: a lake in one account and region.

    Attributes:
        name: what stacks, databases and jobs are named after; environments that share an account differ in it.
        endpoint_url: where the local cloud listens; None on AWS.
        tags: on every resource that takes tags.
        permissions_boundary: managed policy that bounds every role.
        bootstrap_qualifier: of the account's CDK bootstrap, where it is not CDK's own.
        key_arn: an existing key for all data; None makes one.
        notify: who is written to when a refresh fails, and when an alarm begins or is over.
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
    datasets: tuple[DatasetName, ...] | None = None
    storage: StorageSettings = Field(default_factory=StorageSettings)
    processing: ProcessingSettings = Field(default_factory=ProcessingSettings)
    query: QuerySettings = Field(default_factory=QuerySettings)
    logs: LogSettings = Field(default_factory=LogSettings)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    warehouse: WarehouseSettings = Field(default_factory=WarehouseSettings)

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
    def _warehouse_fits_its_network(self) -> Self:
        check_addresses(self.network, self.warehouse)
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
