"""What a contract is, once it is read.

The standard library only, and no aws_cdk: these classes travel to Glue and to Lambda as they are. read.py fills them
from YAML; a job gets its own contract as JSON. All SQL in here is Spark SQL.
"""

import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from contracts.pull import Pull
from contracts.zone import Zone

TECHNICAL_COLUMNS = {
    "_arrived_at": "timestamp",  # when S3 got the object, or the stream the record, UTC
    "_object": "string",  # key of the object in raw
    "_record_hash": "bigint",  # of all contract columns; tells an update from a repetition
    "_run_id": "string",  # the refresh that wrote the row
}


PATH = re.compile(r"\$(?:\.[^.\[\]'`]+|\['[^'`]+'\])+")
_STEP = re.compile(r"\.([^.\[]+)|\['([^']+)'\]")
NESTED_FORMATS = ("json", "parquet")  # where a field may lie within another one
STREAM = "stream"  # the folder of raw below a dataset's own that its stream is delivered to


def steps(path: str) -> tuple[str, ...]:
    """Return the names of a path, as `$.user.id` or `$['user name'].id`."""
    return tuple(plain or quoted for plain, quoted in _STEP.findall(path))


class Load(StrEnum):
    """How objects in raw become rows of a processed table."""

    UPSERT = "upsert"  # by primary key, the latest record wins
    APPEND = "append"  # every record is a row
    SNAPSHOT = "snapshot"  # the newest object is the whole table


class Refresh(StrEnum):
    """How a product follows its inputs."""

    FULL = "full"  # rebuilt whole
    BY_PARTITION = "by_partition"  # only the partitions whose inputs changed


class Severity(StrEnum):
    """What a broken rule does."""

    ERROR = "error"  # stops publication
    WARNING = "warning"  # is recorded
    QUARANTINE = "quarantine"  # sets the rows apart


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the table.

    Attributes:
        type: Spark SQL type, as `decimal(12,2)`.
        source: the field of the source that it is cast from; None where `expression` derives it or the SQL of a product selects it.
        expression: Spark SQL over source fields, already cast to their types.
        former: the name that it had before; the column of the table is renamed.
    """

    name: str
    type: str
    required: bool = False
    source: str | None = None
    expression: str | None = None
    description: str | None = None
    former: str | None = None


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the source, in the source's order for files without a header.

    Attributes:
        name: as the source has it; of a field within others the path to it, as `$.user.id` or `$['user name'].id`.
    """

    name: str
    type: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """How the dataset arrives in raw.

    Attributes:
        location: prefix in the raw bucket, as `flights/files/`.
        format: csv, json (lines) or parquet.
        header: whether the first line of each object names the fields.
        null_value: how the source writes nothing, besides writing nothing at all.
        multiline: whether values in quotes may hold line breaks; each object is then read whole by one worker.
        enveloped: whether the objects are Parquet that holds each record as a text in `format`, as the stream is delivered.
        fields: every field of the source, kept or dropped.
    """

    location: str
    format: str
    delimiter: str = ","
    header: bool = True
    null_value: str | None = None
    multiline: bool = False
    enveloped: bool = False
    fields: tuple[Field, ...]

    @property
    def object_format(self) -> str:
        """What the objects are, whatever the records within them are."""
        return "parquet" if self.enveloped else self.format

    def path(self, field: str) -> tuple[str, ...]:
        """Return the names that lead from a record to a field: its own alone, or those of the fields around it first."""
        if self.format in NESTED_FORMATS and PATH.fullmatch(field):
            return steps(field)
        return (field,)


@dataclass(frozen=True, kw_only=True)
class RowRule:
    """A condition on one row; a row that breaks it goes to quarantine with the rule's name as its reason.

    Attributes:
        broken: Spark SQL over the table's columns, true where a row breaks the rule; null counts as kept.
    """

    name: str
    broken: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A condition on many rows, evaluated on what a refresh is about to publish.

    Attributes:
        scope: batch (the rows that this refresh inserts or updates) or table (all rows after it).
        value: Spark SQL aggregate over the table's columns, or a whole query where it starts with `select`, with `{table}` for the table.
        wanted: Spark SQL condition on `value`, as `value < 10`.
    """

    name: str
    scope: str
    value: str
    wanted: str
    severity: Severity


@dataclass(frozen=True, kw_only=True)
class Native:
    """How the warehouse keeps a copy of its own.

    Attributes:
        distribute_by: the column by whose value rows are spread over the warehouse, or one of auto, even, all.
        sort_by: columns that rows are sorted by.
    """

    distribute_by: str = "auto"
    sort_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contract:
    """One dataset: a table of the processed zone fed from raw, or a product of the consumer zone made by SQL.

    Attributes:
        domain: business domain; the jobs of a domain are deployed together.
        key: columns that identify a row; empty for `append`.
        latest_by: columns that tell the later of two records with one key, before arrival decides.
        partition_by: Iceberg partition transforms, as `month(time_hour)`.
        source: how it arrives as objects; None for a product, and for a dataset that arrives by the stream alone.
        stream: how its records in the lake's stream are written, as `weather/stream/`; None where none are.
        sql: the product's query, which names its inputs by dataset; None otherwise.
        inputs: datasets that `sql` reads.
        retention_days: days that raw objects are kept; None keeps them.
        freshness_hours: greatest age of the last publication.
        cadence_seconds: least time between the starts of two refreshes.
        crawl: when the raw objects are crawled, as `cron(15 4 * * ? *)`; None for on demand alone.
        pull: the API that its objects are fetched from; None where a producer lands them.
        readers: roles of people that may read it in the warehouse.
        native: how the warehouse keeps a copy of its own; None where it reads the lake alone.
        live: whether the warehouse shows the records of its stream as they come, where an environment has that switched on.
    """

    name: str
    version: str
    domain: str
    zone: Zone
    description: str
    owner: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    latest_by: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    load: Load | None = None
    refresh: Refresh | None = None
    source: Source | None = None
    stream: Source | None = None
    sql: str | None = None
    inputs: tuple[str, ...] = ()
    row_rules: tuple[RowRule, ...] = ()
    rules: tuple[Rule, ...] = ()
    freshness_hours: int | None = None
    retention_days: int | None = None
    cadence_seconds: int = 0
    crawl: str | None = None
    pull: Pull | None = None
    readers: tuple[str, ...] = ()
    native: Native | None = None
    live: bool = False

    @property
    def is_product(self) -> bool:
        return self.sql is not None

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every way that it arrives in raw; their fields are the same."""
        return tuple(source for source in (self.source, self.stream) if source is not None)

    def source_of(self, key: str) -> Source:
        """Return the source that an object of raw came by; one that lies in no source's place is taken for the first's."""
        first, *others = self.sources
        return next((source for source in others if key.startswith(source.location)), first)

    def to_json(self) -> str:
        """Return the contract as JSON: the same text for the same contract."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Contract":
        """Return the contract that `to_json` wrote."""
        raw: dict[str, Any] = json.loads(text)
        return cls(
            **{
                **raw,
                "zone": Zone(raw["zone"]),
                "load": Load(raw["load"]) if raw["load"] else None,
                "refresh": Refresh(raw["refresh"]) if raw["refresh"] else None,
                **{
                    name: Source(**{**raw[name], "fields": tuple(Field(**field) for field in raw[name]["fields"])})
                    for name in ("source", "stream")
                    if raw[name]
                },
                "pull": raw["pull"] and Pull.from_plain(raw["pull"]),
                "native": Native(**{**raw["native"], "sort_by": tuple(raw["native"]["sort_by"])}) if raw["native"] else None,
                "columns": tuple(Column(**column) for column in raw["columns"]),
                "row_rules": tuple(RowRule(**rule) for rule in raw["row_rules"]),
                "rules": tuple(Rule(**{**rule, "severity": Severity(rule["severity"])}) for rule in raw["rules"]),
                **{name: tuple(raw[name]) for name in ("key", "latest_by", "partition_by", "inputs", "readers")},
            }
        )
