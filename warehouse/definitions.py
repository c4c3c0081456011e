"""What the warehouse holds of the contracts: ways into the lake, views, copies, and who may read them."""

from collections.abc import Iterable, Iterator, Mapping

from contracts import redshift
from contracts.contract import Contract
from contracts.zone import Zone
from warehouse import live
from warehouse.plan import Definition, Table
from warehouse.sql import comment, granted, name, role, text

VIEWS, NATIVE, ADMIN = "lake", "native", "lake_admin"
LOADER = "lake_loader"  # made by the first migration
TABLES_AT_ONCE = 100  # that one statement adds to a share, far below the Data API's 100 KB


def definitions(
    contracts: Iterable[Contract], databases: Mapping[Zone, str], share_with: Iterable[str] = (), stream: str | None = None
) -> Iterator[Definition]:
    """Yield all that is made of contracts, in the order in which it is made.

    Args:
        databases: zone that can be read -> its Glue database; the schema is called as the zone.
        share_with: accounts that a data share of the copies is for.
        stream: name of the stream of which records are shown as they come; None shows none.
    """
    contracts = list(contracts)
    shown = live.live(contracts) if stream else []
    products = [contract for contract in contracts if contract.zone is Zone.CONSUMER]
    for zone, database in databases.items():
        yield _external_schema(zone, database)
    readers = sorted({reader for contract in (*products, *shown) for reader in contract.readers})
    for reader in readers:
        yield from _role(reader, databases)
    if stream and shown:
        yield from live.definitions(shown, stream, [role(reader) for reader in readers])
    for contract in products:
        yield _view(contract)
    for contract in products:
        if contract.native is not None:
            yield _table(contract)
    shared = [contract for contract in products if contract.native is not None]
    for account in share_with:
        yield _share(account, shared)


def natives(contracts: Iterable[Contract]) -> list[Contract]:
    """Return the products that the warehouse keeps a copy of."""
    return [contract for contract in contracts if contract.zone is Zone.CONSUMER and contract.native is not None]


def _external_schema(zone: Zone, database: str) -> Definition:
    """The role is the namespace's default, so that its ARN stands in the template alone."""
    statement = f"create external schema if not exists {zone} from data catalog database {text(database)} iam_role default"
    grants = [f"grant usage on schema {zone} to role {LOADER}"] if zone is Zone.CONSUMER else []
    return Definition(name=f"schema:{zone}", statements=(statement, *grants), alone=True)


def _role(reader: str, databases: Mapping[Zone, str]) -> Iterator[Definition]:
    """Whoever reads a view over the lake needs the use of the schema that it reads: the view alone does not do."""
    made = role(reader)
    yield Definition(name=f"role:{made}", statements=(f"create role {made}",), once=True)
    schemas = ", ".join((*(str(zone) for zone in databases), VIEWS, NATIVE))
    yield Definition(name=f"usage:{made}", statements=(f"grant usage on schema {schemas} to role {made}",))


def _view(contract: Contract) -> Definition:
    view = f"{VIEWS}.{name(contract.name)}"
    columns = ", ".join(name(column.name) for column in contract.columns)
    return Definition(
        name=f"view:{contract.name}",
        statements=(
            f"drop view if exists {view}",  # with its grants: `create or replace` would keep those of a role that may read no more
            # bound late: a table of the lake may come after its view, and be made anew under it
            f"create view {view} as select {columns} from {Zone.CONSUMER}.{name(contract.name)} with no schema binding",
            f"comment on view {view} is {comment(_described(contract))}",
            *granted(view, contract.readers),
        ),
    )


def _described(contract: Contract) -> str:
    """Return the contract's description with those of its columns: Redshift takes no comment on a column of a view that is bound late."""
    columns = "; ".join(f"{column.name}: {column.description}" for column in contract.columns if column.description)
    return f"{contract.description} {columns}".strip()


def _table(contract: Contract) -> Definition:
    assert contract.native is not None
    table, columns = f"{NATIVE}.{name(contract.name)}", {name(c.name): str(redshift.types(c.type).redshift) for c in contract.columns}
    key = tuple(name(column) for column in contract.key)
    comments = {column.name: column.description for column in contract.columns if column.description}
    return Definition(
        name=f"table:{contract.name}",
        table=Table(name=name(contract.name), columns=columns, key=key, body=_body(contract, columns, key)),
        statements=(
            # before the comments, which may be more than one transaction takes
            f"grant select, insert, delete on {table} to role {LOADER}",
            *granted(table, contract.readers),
            f"comment on table {table} is {comment(contract.description)}",
            *(f"comment on column {table}.{name(column)} is {comment(said)}" for column, said in comments.items()),
        ),
        load=contract.name,
    )


def _body(contract: Contract, columns: Mapping[str, str], key: tuple[str, ...]) -> str:
    assert contract.native is not None
    defined = [f"{column} {kind}{' not null' if column in key else ''}" for column, kind in columns.items()]
    spread = contract.native.distribute_by
    distribution = f"diststyle key distkey ({name(spread)})" if spread in {c.name for c in contract.columns} else f"diststyle {spread}"
    order = ", ".join(name(column) for column in contract.native.sort_by)
    keyed = f"primary key ({', '.join(key)})"
    return f"({', '.join([*defined, keyed])}) {distribution}{f' compound sortkey ({order})' if order else ''}"


def _share(account: str, contracts: Iterable[Contract]) -> Definition:
    """A share reads the warehouse's own tables; what is read from the lake, another account reads from the lake."""
    share, tables = f"lake_{account}", [f"{NATIVE}.{name(contract.name)}" for contract in contracts]
    parts = (tables[at : at + TABLES_AT_ONCE] for at in range(0, len(tables), TABLES_AT_ONCE))
    return Definition(
        name=f"share:{share}",
        statements=(
            f"create datashare {share}",
            f"alter datashare {share} add schema {NATIVE}",
            f"alter datashare {share} set includenew = true for schema {NATIVE}",
            *(f"alter datashare {share} add table {', '.join(part)}" for part in parts),
            f"grant usage on datashare {share} to account {text(account)}",
        ),
        once=True,
    )
