"""What no single field of a contract can tell: do its parts go together?"""

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import ParseError

from contracts import lineage, redshift, schedule
from contracts.contract import NESTED_FORMATS, PATH, Contract, Load, Refresh
from contracts.document import Location
from contracts.zone import Zone

PROPERTIES: Location = ("schema", 0, "properties")
LAKE: Location = ("customProperties", 0, "value")
DISTRIBUTIONS = ("auto", "even", "all")
TRANSFORM = re.compile(r"(?:(?:year|month|day|hour)s?\((\w+)\)|(?:bucket|truncate)\(\d+, ?(\w+)\)|(\w+))")


def problems(contract: Contract) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong, with the place in the document that it is wrong at."""
    yield from _columns(contract)
    yield from _zone(contract)
    yield from _partitions(contract)
    yield from _expressions(contract)
    yield from _crawl(contract)
    yield from _paths(contract)
    yield from _lines(contract)
    yield from _warehouse(contract)
    yield from _live(contract)


def _columns(contract: Contract) -> Iterator[tuple[Location, str]]:
    names = [column.name for column in contract.columns]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield PROPERTIES, f"column {name} stands twice"
    for name in contract.latest_by:
        if name not in names:
            yield (*LAKE, "latestBy"), f"latestBy names {name}, which is no column; columns: {', '.join(names)}"
    if contract.load in (Load.UPSERT, Load.SNAPSHOT) and not contract.key:
        yield PROPERTIES, f"load {contract.load} needs a key: mark its columns with primaryKey: true, or use load: append"
    if contract.load is Load.APPEND and contract.key:
        key = ", ".join(contract.key)
        yield (
            PROPERTIES,
            f"load append makes a row of every record, so the key ({key}) would not hold: take primaryKey away, or use load: upsert",
        )


def _expressions(contract: Contract) -> Iterator[tuple[Location, str]]:
    fields = {field.name for source in contract.sources for field in source.fields}
    for index, column in enumerate(contract.columns):
        if column.expression is not None and contract.sources:
            place: Location = (*PROPERTIES, index, "transformLogic")
            try:
                parsed = sqlglot.parse_one(column.expression, read="spark")
                named = {found.name for found in parsed.find_all(exp.Column)}
            except ParseError as error:
                yield place, f"transformLogic of {column.name} is not Spark SQL: {error.errors[0]['description']}"
                continue
            for name, _ in lineage.changing(parsed):
                yield (
                    place,
                    f"transformLogic of {column.name} has {name}, which gives another answer each time: a record read again would differ",
                )
            if unknown := sorted(named - fields):
                yield (
                    place,
                    f"transformLogic of {column.name} names {', '.join(unknown)}, which is no field of the source: {', '.join(sorted(fields))}",
                )


def _zone(contract: Contract) -> Iterator[tuple[Location, str]]:
    if contract.zone is Zone.RAW:
        yield (*LAKE, "zone"), "zone raw has no contract of its own, expected processed or consumer"
    if contract.zone is Zone.PROCESSED and contract.load is None:
        yield (*LAKE, "zone"), f"zone processed needs lake.load, one of {', '.join(Load)}"
    if contract.zone is Zone.CONSUMER and contract.refresh is None:
        yield (*LAKE, "zone"), f"zone consumer needs lake.refresh, one of {', '.join(Refresh)}"


def _partitions(contract: Contract) -> Iterator[tuple[Location, str]]:
    """A merge may prune by partition only where the partition is computed from the key, else a row that moves would stand twice."""
    for transform in contract.partition_by:
        found = TRANSFORM.fullmatch(transform)
        column = next(filter(None, found.groups()), None) if found else None
        if column not in {column.name for column in contract.columns}:
            yield (*LAKE, "partitionBy"), f"partitionBy {transform!r} is no transform of a column, as month(time) or bucket(16, id)"
        elif contract.key and column not in contract.key:
            yield (*LAKE, "partitionBy"), f"partitionBy {transform!r} is not computed from a key column ({', '.join(contract.key)})"


def _crawl(contract: Contract) -> Iterator[tuple[Location, str]]:
    if contract.crawl is None:
        return
    if contract.source is None:
        yield (*LAKE, "crawl"), f"crawl is {contract.crawl!r}, but no file of {contract.name} is in raw; leave it out"
    elif problem := schedule.problem(contract.crawl):
        yield (*LAKE, "crawl"), f"crawl {problem}"


def _paths(contract: Contract) -> Iterator[tuple[Location, str]]:
    """A field is read as text or taken apart into those within it, never both."""
    source = next((source for source in contract.sources if source.format in NESTED_FORMATS), None)
    if source is None:
        return
    paths = {source.path(field.name): field.name for field in source.fields}
    for path, name in paths.items():
        if name.startswith(("$.", "$[")) and not PATH.fullmatch(name):
            yield PROPERTIES, f"field {name!r} is no path to a field within others, as $.user.id or $['user name'].id"
        for length in range(1, len(path)):
            if path[:length] in paths:
                yield PROPERTIES, f"field {name} lies within {paths[path[:length]]}, which is a field too; keep one of the two"


def _lines(contract: Contract) -> Iterator[tuple[Location, str]]:
    source = contract.source
    if source is not None and source.multiline and source.format != "csv":
        yield (*LAKE, "source", "multiline"), f"multiline is for csv, and the format is {source.format}: leave it out"


def _warehouse(contract: Contract) -> Iterator[tuple[Location, str]]:
    """The warehouse reads every table of the consumer zone, and copies those that ask for it."""
    if contract.zone is Zone.CONSUMER:
        for index, column in enumerate(contract.columns):
            if why := redshift.problem(column.type):
                yield (*PROPERTIES, index, "physicalType"), f"column {column.name} is {column.type}, which Redshift cannot read: {why}"
        if len(contract.columns) > redshift.MOST_COLUMNS:
            yield PROPERTIES, f"{len(contract.columns)} columns; Redshift takes {redshift.MOST_COLUMNS} at most"
    if contract.native is None:
        return
    at, names = (*LAKE, "native"), [column.name for column in contract.columns]
    if contract.zone is not Zone.CONSUMER:
        yield at, f"native is for products, but {contract.name} is of zone {contract.zone}; leave it out"
    if not contract.key:
        yield at, "native needs a key, by which a changed row is told: mark its columns with primaryKey: true"
    if contract.native.distribute_by not in (*DISTRIBUTIONS, *names):
        allowed = f"{', '.join(DISTRIBUTIONS)} or a column: {', '.join(names)}"
        yield (*at, "distributeBy"), f"distributeBy is {contract.native.distribute_by}, expected one of {allowed}"
    for name in contract.native.sort_by:
        if name not in names:
            yield (*at, "sortBy"), f"sortBy names {name}, which is no column; columns: {', '.join(names)}"
    for column in contract.columns:
        if redshift.types(column.type).redshift == "super":
            yield at, f"native cannot keep {column.name}: rows with {column.type} cannot be compared in Redshift"


def _live(contract: Contract) -> Iterator[tuple[Location, str]]:
    """The warehouse takes the columns out of the record itself, so all of them have to stand in it."""
    if not contract.live:
        return
    if contract.stream is None:
        yield (
            (*LAKE, "live"),
            f"live shows the records of a stream, and {contract.name} has no server of type kinesis: add one, or leave it out",
        )
        return
    for index, column in enumerate(contract.columns):
        at = (*PROPERTIES, index)
        if column.source is None:
            yield at, f"live cannot show {column.name}: the warehouse does not know the Spark SQL that it is derived by; send it as a field"
        elif len(contract.stream.path(column.source)) > redshift.MOST_NAMES - 1:  # the record itself is the first
            yield at, f"live cannot show {column.name}: {column.source} lies deeper than Redshift's {redshift.MOST_NAMES} names of a path"
        if why := redshift.problem(column.type):
            yield at, f"live cannot show {column.name}: it is {column.type}, and {why}"
