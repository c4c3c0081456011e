"""What the standard has no word for: the keys of the one custom property `lake`, each checked.

Every default of these keys stands here.
"""

from dataclasses import field

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from contracts.contract import Load, Refresh
from contracts.pull_keys import AuthenticationKeys, PullKeys, WatermarkKeys
from contracts.zone import Zone

CHECKED = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class SourceKeys:
    """How the source writes.

    Attributes:
        header: whether the first line of each object names the fields.
        nullValue: how the source writes nothing.
        multiline: whether values in quotes may hold line breaks; csv only.
        dropped: fields of the source that are no columns, with their Spark types; `transformLogic` can read them.
    """

    header: bool = True
    nullValue: str | None = None  # noqa: N815 - the keys of the standard are camel case, and these stand among them
    multiline: bool = False
    dropped: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class NativeKeys:
    """How the warehouse keeps a copy of its own.

    Attributes:
        distributeBy: the column by whose value rows are spread over the warehouse, or one of auto, even, all.
        sortBy: columns that rows are sorted by.
    """

    distributeBy: str = "auto"  # noqa: N815
    sortBy: tuple[str, ...] = ()  # noqa: N815


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class LakeKeys:
    """How the lake treats the dataset.

    Attributes:
        zone: processed for what is fed from raw, consumer for a product.
        load: how objects become rows; processed only.
        refresh: how a product follows its inputs; consumer only.
        partitionBy: Iceberg partition transforms.
        latestBy: columns that tell the later of two records with one key, before arrival decides.
        earliest: by column, how long before its arrival the time of a record may lie, as `at: 90d`; in min, h, d, w, at most 1,000 years. What is older is set apart.
        latest: by column, how long after its arrival, as `at: 1h`.
        renamed: by column, the name that it had before; the column of the table is renamed in place.
        cadenceMinutes: least minutes between the starts of two refreshes.
        crawl: when Glue crawls the raw objects, as `cron(15 4 * * ? *)` in UTC; without it, on demand alone.
        source: how the source writes, where its format leaves that open.
        pull: how the pages of an API are asked for, where the server is one.
        native: how the warehouse keeps a copy of its own, `{}` for Redshift to choose; without it, it reads the lake alone. Consumer only.
        live: whether the warehouse shows the records of the stream as they come, before any refresh; for a dataset with a stream.
    """

    zone: Zone
    load: Load | None = None
    refresh: Refresh | None = None
    partitionBy: tuple[str, ...] = ()  # noqa: N815
    latestBy: tuple[str, ...] = ()  # noqa: N815
    earliest: dict[str, str] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    cadenceMinutes: int = Field(default=0, ge=0, le=24 * 60)  # noqa: N815
    crawl: str | None = None
    native: NativeKeys | None = None
    live: bool = False
    source: SourceKeys = field(default_factory=SourceKeys)
    pull: PullKeys | None = None


KEYS_BELOW: dict[tuple[str, ...], type[SourceKeys | NativeKeys | PullKeys | WatermarkKeys | AuthenticationKeys]] = {
    ("source",): SourceKeys,
    ("native",): NativeKeys,
    ("pull",): PullKeys,
    ("pull", "watermark"): WatermarkKeys,
    ("pull", "authentication"): AuthenticationKeys,
}
"""What the keys that hold keys of their own are checked by."""
