"""From the standard's words to the lake's: one document becomes one Contract."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from open_data_contract_standard.model import OpenDataContractStandard, SchemaProperty, Server, ServiceLevelAgreementProperty
from pydantic import TypeAdapter, ValidationError

from contracts import checks, pull_keys, rules, times
from contracts.contract import STREAM, Column, Contract, Field, Load, Native, RowRule, Rule, Source
from contracts.document import ContractError, Document, Location
from contracts.lake_keys import KEYS_BELOW, LakeKeys
from contracts.pull import FOLDER, Pull
from contracts.zone import Zone

LOGICAL_TYPES = {
    "string": "string",
    "integer": "int",
    "number": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
PHYSICAL_TYPE = re.compile(
    r"(string|boolean|tinyint|smallint|int|bigint|float|double|date|timestamp|decimal\((?:[1-9]|[12]\d|3[0-8]),(?:\d|[12]\d|3[0-8])\))"
)
KNOWN_TYPES = "string, boolean, tinyint, smallint, int, bigint, float, double, date, timestamp, decimal(precision,scale)"
NAME = re.compile(r"[a-z][a-z0-9_]*")  # what Athena, Glue and Redshift all take without quoting
FORMATS = ("csv", "json", "parquet")
KINESIS = "kinesis"  # the type of server, in the standard's words, that is the lake's stream
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
HOURS = {"h": 1, "d": 24}

T = TypeVar("T")


class Translation:
    """One document on its way to a Contract; collects every problem before it gives up."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.standard = OpenDataContractStandard.model_validate(document.data)
        self.problems: list[str] = []

    def contract(self) -> Contract:
        """Return the contract.

        Raises:
            ContractError: with every problem of the document.
        """
        keys = self._lake_keys()
        columns = tuple(self._columns(keys))
        source, stream = self._sources(keys) if keys.zone is Zone.PROCESSED else (None, None)
        contract = Contract(
            name=self._name(),
            version=str(self.standard.version),
            domain=self._wanted(("domain",), self.standard.domain),
            zone=keys.zone,
            description=(self.standard.description and self.standard.description.purpose) or "",
            owner=self._owner(),
            columns=columns,
            key=tuple(self._key()),
            latest_by=keys.latestBy,
            partition_by=keys.partitionBy,
            load=keys.load,
            refresh=keys.refresh,
            source=source,
            stream=stream,
            pull=self._pull(keys, source),
            row_rules=(*self._row_rules(), *self._time_rules(keys, columns)),
            rules=tuple(self._rules()),
            freshness_hours=self._duration("freshness", HOURS),
            retention_days=self._duration("retention", DAYS),
            cadence_seconds=keys.cadenceMinutes * 60,
            crawl=keys.crawl,
            readers=tuple(self._readers()),
            native=Native(distribute_by=keys.native.distributeBy, sort_by=keys.native.sortBy) if keys.native else None,
            live=keys.live,
        )
        self._check_renamed(keys.renamed, [column.name for column in columns])
        self.problems += [self.document.problem(location, message) for location, message in checks.problems(contract)]
        if self.problems:
            raise ContractError(self.problems)
        return contract

    def _lake_keys(self) -> LakeKeys:
        for index, custom in enumerate(self.standard.customProperties or []):
            location: Location = ("customProperties", index, "value")
            if custom.property != "lake":
                self._problem(location, f"custom property {custom.property!r} means nothing here, expected the one entry `lake`")
                continue
            try:
                return TypeAdapter(LakeKeys).validate_python(custom.value)
            except ValidationError as error:
                raise ContractError([self._of_lake_keys(location, problem) for problem in error.errors()]) from error
        raise ContractError(
            [self.document.problem(("customProperties",), "customProperties has no entry `lake`, which says zone and load")]
        )

    def _of_lake_keys(self, location: Location, problem: Any) -> str:
        place = problem["loc"]
        if problem["type"] == "unexpected_keyword_argument":
            keys = KEYS_BELOW.get(place[:-1], LakeKeys).__dataclass_fields__
            return self.document.problem((*location, *place), f"unknown key {place[-1]!r} under `lake`; known keys: {', '.join(keys)}")
        return self.document.problem((*location, *place), f"lake.{'.'.join(map(str, place))} is {problem['input']!r}: {problem['msg']}")

    def _name(self) -> str:
        name = self._wanted(("name",), self.standard.name)
        folder = self.document.path.parent.name
        if name != folder:
            self._problem(("name",), f"name is {name!r} in a folder named {folder!r}; they are one name, change one of them")
        if name.endswith("_quarantine"):
            self._problem(("name",), f"name {name!r} ends in _quarantine, as the tables of rows that are set apart do")
        if not NAME.fullmatch(name):
            self._problem(("name",), f"name {name!r} is not lower-case letters, digits and _, beginning with a letter")
        if len(self.standard.schema_ or []) != 1:
            self._problem(("schema",), f"schema has {len(self.standard.schema_ or [])} objects, expected one: one contract is one table")
        return name

    def _owner(self) -> str:
        team = self.standard.team
        return str(self._wanted(("team",), getattr(team, "name", None)))

    def _properties(self) -> list[tuple[Location, SchemaProperty]]:
        properties = self.standard.schema_[0].properties if self.standard.schema_ else None
        return [(("schema", 0, "properties", index), column) for index, column in enumerate(properties or [])]

    def _columns(self, keys: LakeKeys) -> Iterator[Column]:
        for location, column in self._properties():
            name = str(column.name)
            if not NAME.fullmatch(name):
                self._problem((*location, "name"), f"column {name!r} is not lower-case letters, digits and _, beginning with a letter")
            yield Column(
                name=name,
                type=self._type(location, column),
                required=bool(column.required),
                source=None if column.transformLogic or column.transformSourceObjects else column.physicalName or name,
                expression=column.transformLogic,
                description=column.description,
                former=keys.renamed.get(name),
            )

    def _check_renamed(self, renamed: dict[str, str], names: Sequence[str]) -> None:
        for name, former in renamed.items():
            if name not in names or former in names:
                told = f"{name} is no column" if name not in names else f"{former} is a column still"
                self._problem((*checks.LAKE, "renamed"), f"renamed says that {name} was {former}, but {told}; columns: {', '.join(names)}")

    def _type(self, location: Location, column: SchemaProperty) -> str:
        if column.physicalType is not None:
            if not PHYSICAL_TYPE.fullmatch(column.physicalType):
                message = f"column {column.name} has physicalType {column.physicalType!r}, expected one of {KNOWN_TYPES}"
                self._problem((*location, "physicalType"), message)
            return column.physicalType
        if column.logicalType not in LOGICAL_TYPES:
            message = f"column {column.name} has logicalType {column.logicalType!r}, expected one of {', '.join(LOGICAL_TYPES)}"
            self._problem((*location, "logicalType"), message)
        return LOGICAL_TYPES.get(str(column.logicalType), "string")

    def _key(self) -> list[str]:
        keyed = [column for _, column in self._properties() if column.primaryKey]
        return [str(column.name) for column in sorted(keyed, key=lambda column: column.primaryKeyPosition or 1)]

    def _readers(self) -> Iterator[str]:
        for index, role in enumerate(self.standard.roles or []):
            if not NAME.fullmatch(str(role.role)):
                message = f"role {role.role!r} is not lower-case letters, digits and _, beginning with a letter"
                self._problem(("roles", index, "role"), message)
            if role.access not in (None, "read"):
                self._problem(("roles", index, "access"), f"access is {role.access!r}, expected read: only jobs and loads write")
            yield str(role.role)

    def _sources(self, keys: LakeKeys) -> tuple[Source | None, Source | None]:
        """Return how the dataset arrives as objects, and how by the stream; at least one of the two, each at most once."""
        servers = list(enumerate(self.standard.servers or []))
        streams = [(index, server) for index, server in servers if server.type == KINESIS]
        others = [(index, server) for index, server in servers if server.type != KINESIS]
        if not servers or len(others) > 1:
            self._problem(("servers",), f"servers has {len(others)} entries, expected one: how the dataset arrives in raw")
        if len(streams) > 1:
            self._problem(
                ("servers", streams[1][0]), f"servers has {len(streams)} entries of type {KINESIS}, expected one: the lake has one stream"
            )
        for name, type_name in keys.source.dropped.items():
            if not PHYSICAL_TYPE.fullmatch(type_name):
                self._problem(("customProperties",), f"dropped field {name} has type {type_name!r}, expected one of {KNOWN_TYPES}")
        fields = self._fields(keys)
        source = self._source(*others[0], keys, fields) if len(others) == 1 else None
        return source, self._stream(*streams[0], keys, fields) if len(streams) == 1 else None

    def _fields(self, keys: LakeKeys) -> tuple[Field, ...]:
        """Return every field of the source, kept or dropped."""
        kept = [
            Field(name=column.physicalName or str(column.name), type=self._type(at, column))
            for at, column in self._properties()
            if not column.transformLogic
        ]
        return (*kept, *(Field(name=name, type=type_name) for name, type_name in keys.source.dropped.items()))

    def _source(self, index: int, server: Server, keys: LakeKeys, fields: tuple[Field, ...]) -> Source:
        if server.type == pull_keys.API:  # in raw, its pages are objects of JSON lines
            server = server.model_copy(update={"location": f"{self.standard.name}/{FOLDER}/", "format": "json"})
        if server.format not in FORMATS:
            self._problem(("servers", index, "format"), f"format is {server.format!r}, expected one of {', '.join(FORMATS)}")
        if not str(server.location).startswith(f"{self.standard.name}/") or not str(server.location).endswith("/"):
            self._problem(
                ("servers", index, "location"), f"location is {server.location!r}, expected a prefix of raw as {self.standard.name}/files/"
            )
        if str(server.location).startswith(f"{self.standard.name}/{STREAM}/"):
            self._problem(
                ("servers", index, "location"), f"location is {server.location!r}, where the stream is delivered; take another name"
            )
        return Source(
            location=str(server.location),
            format=str(server.format),
            delimiter=server.delimiter or ",",
            header=keys.source.header,
            null_value=keys.source.nullValue,
            multiline=keys.source.multiline,
            fields=fields,
        )

    def _stream(self, index: int, server: Server, keys: LakeKeys, fields: tuple[Field, ...]) -> Source:
        if server.format != "json":
            self._problem(
                ("servers", index, "format"), f"format is {server.format!r}, expected json: a record of the stream is a JSON object"
            )
        if keys.load is Load.SNAPSHOT:
            self._problem(("servers", index), "load snapshot takes the newest object for the whole table, which no record of a stream is")
        return Source(
            location=f"{self.standard.name}/{STREAM}/", format="json", null_value=keys.source.nullValue, enveloped=True, fields=fields
        )

    def _pull(self, keys: LakeKeys, source: Source | None) -> Pull | None:
        server = next((server for server in self.standard.servers or [] if server.type == pull_keys.API), None)
        problems = list(pull_keys.problems(keys.pull, server, source, keys.load))
        for place, message in problems:
            self._problem((*checks.LAKE, *place), message)
        return None if problems or not (keys.pull and server and source) else keys.pull.pull(str(server.location), source)

    def _row_rules(self) -> Iterator[RowRule]:
        for location, column in self._properties():
            yield from self._tried(location, partial(_row_rules, column)) or []

    def _time_rules(self, keys: LakeKeys, columns: Sequence[Column]) -> list[RowRule]:
        """Return the rules on how far from its arrival a time may lie."""
        bounds = {"earliest": keys.earliest, "latest": keys.latest}
        by_name = {column.name: column for column in columns}
        found = [(name, problem) for name, given in bounds.items() for problem in times.problems(by_name, given)]
        found += [(name, "a product has no arrival: leave it out") for name, given in bounds.items() if given and keys.load is None]
        for name, problem in found:
            self._problem((*checks.LAKE, name), f"{name}: {problem}")
        return [] if found else times.row_rules(**bounds)

    def _rules(self) -> Iterator[Rule]:
        stated = [
            ((*at, "quality", index), rule, column.name)
            for at, column in self._properties()
            for index, rule in enumerate(column.quality or [])
        ]
        table = self.standard.schema_[0].quality if self.standard.schema_ else None
        stated += [(("schema", 0, "quality", index), rule, None) for index, rule in enumerate(table or [])]
        for location, rule, column in stated:
            if rule.severity != "quarantine":
                made = self._tried(location, partial(rules.rule, rule, column))
                if made is not None:
                    yield made

    def _tried(self, location: Location, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except rules.RuleError as error:
            self._problem(location, str(error))
            return None

    def _duration(self, name: str, units: dict[str, int]) -> int | None:
        for index, agreed in enumerate(self.standard.slaProperties or []):
            if agreed.property == name:
                return self._in_units(("slaProperties", index), agreed, units)
        return None

    def _in_units(self, location: Location, agreed: ServiceLevelAgreementProperty, units: dict[str, int]) -> int | None:
        unit = str(agreed.unit)[:1]
        if unit not in units or not isinstance(agreed.value, int | float):
            message = f"{agreed.property} is {agreed.value} {agreed.unit}, expected a number and a unit of {', '.join(units)}"
            self._problem(location, message)
            return None
        return int(agreed.value * units[unit])

    def _wanted(self, location: Location, value: str | None) -> str:
        if not value:
            self._problem(location, f"{location[-1]} is missing")
        return value or ""

    def _problem(self, location: Location, message: str) -> None:
        self.problems.append(self.document.problem(location, message))


def _row_rules(column: SchemaProperty) -> list[RowRule]:
    return list(rules.row_rules(column, column.physicalType or LOGICAL_TYPES.get(str(column.logicalType), "string")))
