"""What the warehouse shows of the stream before any refresh: one materialized view of its records, and a view of typed columns per dataset.

The records are kept as they came: a cast that fails would stop the refresh of a materialized view for good, and with one for each dataset each would
read the whole stream. https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-streaming-ingestion.html
"""

from collections.abc import Iterable, Iterator, Sequence

from contracts import redshift
from contracts.contract import Contract
from warehouse.plan import Definition
from warehouse.sql import comment, granted, name, text

LIVE, STREAM = "live", "stream"
RECORDS = f'{LIVE}."_records"'  # the name of no dataset: those begin with a letter
ARRIVED, NUMBER = "_arrived_at", "_sequence_number"
OPENED = "from_varbyte(kinesis_data, 'utf-8')"
MEMBERS = ("dataset", "event_time", "record")  # of what a producer sends


def live(contracts: Iterable[Contract]) -> list[Contract]:
    """Return the datasets whose records are shown as they come."""
    return [contract for contract in contracts if contract.live and contract.stream is not None]


def definitions(contracts: Sequence[Contract], stream: str, roles: Sequence[str]) -> Iterator[Definition]:
    """Yield all of it, in the order in which it is made.

    Args:
        stream: name of the Kinesis stream.
        roles: of the database, each of which may use the schema; what they may read there is granted view by view.
    """
    usage = [f"grant usage on schema {LIVE} to {', '.join(f'role {role}' for role in roles)}"] if roles else []
    yield Definition(
        name=f"schema:{LIVE}",
        statements=(f"create schema if not exists {LIVE}", *usage),
    )
    external = f"create external schema if not exists {STREAM} from kinesis iam_role default"
    yield Definition(name=f"schema:{STREAM}", statements=(external,), alone=True)
    yield Definition(name="records:stream", statements=(f"drop materialized view if exists {RECORDS}", _records(stream)), alone=True)
    for contract in contracts:
        yield _view(contract)


def _records(stream: str) -> str:
    """A record that is no JSON is passed over; one that is longer than a text of Redshift would fail all others."""
    members = ", ".join(f"json_extract_path_text({OPENED}, {text(member)}, true) as {member}" for member in MEMBERS)
    return (
        f"create materialized view {RECORDS} auto refresh yes as"
        f" select approximate_arrival_timestamp as arrived_at, partition_key, shard_id, sequence_number, {members}"
        f" from {STREAM}.{name(stream)}"
        f" where is_utf8(kinesis_data) and can_json_parse(kinesis_data) and octet_length(kinesis_data) <= {redshift.LONGEST_TEXT}"
    )


def _view(contract: Contract) -> Definition:
    view = f"{LIVE}.{name(contract.name)}"
    columns = [f"{_value(contract, column.source or column.name, column.type)} as {name(column.name)}" for column in contract.columns]
    said = f"Records of {contract.name} as the stream got them: neither checked nor deduplicated. {contract.description}"
    return Definition(
        name=f"live:{contract.name}",
        statements=(
            f"drop view if exists {view}",  # with its grants
            (
                f"create view {view} as select {', '.join(columns)}, arrived_at as {name(ARRIVED)}, sequence_number as {name(NUMBER)}"
                f" from {RECORDS} where dataset = {text(contract.name)} with no schema binding"
            ),
            f"comment on view {view} is {comment(said)}",
            *granted(view, contract.readers),
        ),
    )


def _value(contract: Contract, field: str, spark: str) -> str:
    """Return the SQL of a field of the record: null where it is missing, or not of its type."""
    assert contract.stream is not None
    path = ", ".join(text(step) for step in contract.stream.path(field))
    found = f"nullif(json_extract_path_text(record, {path}, true), '')"
    if contract.stream.null_value is not None:
        found = f"nullif({found}, {text(contract.stream.null_value)})"
    wanted = str(redshift.types(spark).redshift)
    return found if wanted.startswith(("varchar", "super")) else f"try_cast({found} as {wanted})"
