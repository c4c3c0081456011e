"""Events of a shop, made by DuckDB: the same for the same arguments, as JSON lines that a producer would send and as rows that are stored already."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from contracts.contract import Column, Contract, Field, Load, RowRule, Rule, Severity, Source
from contracts.zone import Zone

FIRST_DAY = "2026-01-01"
COLUMNS = {  # column of the table -> its type and the field of the source
    "event_ts": ("timestamp", "event_ts"),
    "event_id": ("string", "event_id"),
    "event_type": ("string", "event_type"),
    "ingest_ts": ("timestamp", "ingest_ts"),
    "user_id": ("string", "$.user.id"),
    "session_id": ("string", "$.user.session_id"),
    "country": ("string", "$.user.country"),
    "device": ("string", "$.user.device"),
    "product_id": ("string", "$.item.product_id"),
    "quantity": ("int", "$.item.quantity"),
    "unit_price": ("decimal(12,2)", "$.item.unit_price"),
    "currency": ("string", "$.item.currency"),
    "user_agent": ("string", "$.context.user_agent"),
    "page": ("string", "$.context.page"),
    "referrer": ("string", "$.context.referrer"),
}
REQUIRED = ("event_ts", "event_id", "unit_price")

_EVENTS = """
    select id, revision, md5(name) as event_id,
        ['page_view', 'page_view', 'page_view', 'add_to_cart', 'checkout', 'purchase', 'refund'][1 + (hash(id, 1) % 7)::integer] as event_type,
        timestamp '{first_day}' + to_milliseconds(id * 86400000 // {per_day}) as event_ts,
        event_ts + to_milliseconds((hash(id, 2) % 30000 + revision * 3600000)::bigint) as ingest_ts,
        'u' || hash(id, 3) % 2000000 as user_id,
        left(md5(hash(id, 4)::varchar), 16) as session_id,
        ['US', 'US', 'GB', 'DE', 'FR', 'PL', 'IN', 'BR', 'JP'][1 + (hash(id, 5) % 9)::integer] as country,
        ['web', 'ios', 'android'][1 + (hash(id, 6) % 3)::integer] as device,
        'P' || hash(id, 7) % 50000 as product_id,
        (1 + hash(id, revision, 8) % 4)::integer as quantity,
        ((100 + hash(id, 9) % 20000) / 100)::decimal(12, 2) as unit_price,
        ['USD', 'EUR', 'GBP', 'PLN'][1 + (hash(id, 10) % 4)::integer] as currency,
        'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/14' || hash(id, 11) % 4 as user_agent,
        '/c/' || hash(id, 12) % 400 || '/p/' || hash(id, 13) % 50000 as page,
        ['', 'https://search.example/?q=shoes', 'https://mail.example/c/7'][1 + (hash(id, 14) % 3)::integer] as referrer
    from ({chosen})
"""
_LINES = """
    select if(chance < {broken}, left(line, length(line) // 2), line) as line from (
        select hash(id, revision, 15) % 1000 as chance, to_json({{
            'event_id': if(hash(id, revision, 16) % 1000 < 2 * {broken}, '', event_id), 'event_type': event_type,
            'event_ts': strftime(event_ts, '%Y-%m-%dT%H:%M:%S.%gZ'), 'ingest_ts': strftime(ingest_ts, '%Y-%m-%dT%H:%M:%S.%gZ'),
            'user': {{'id': user_id, 'session_id': session_id, 'country': country, 'device': device}},
            'item': {{'product_id': product_id, 'quantity': quantity, 'currency': currency,
                      'unit_price': if(hash(id, revision, 17) % 1000 < 2 * {broken}, 'n/a', unit_price::varchar)}},
            'context': {{'user_agent': user_agent, 'page': page, 'referrer': referrer}}}})::varchar as line
        from ({events}))
"""


@dataclass(frozen=True)
class Stream:
    """Events that come at an even rate.

    Attributes:
        per_day: how many a day.
        folder: where files are written.
    """

    per_day: int
    folder: Path

    def objects(self, count: int, pieces: int) -> Iterator[Path]:
        """Yield the first `count` events in `pieces` files: one in fifty is a later record of one before it, one in two hundred is broken."""
        again = "hash(number, 0) % 50 = 0 and number > 1000"
        for piece in range(pieces):
            chosen = f"""
                select if({again}, number - 1 - (hash(number, 18) % 1000)::bigint, number) as id, id::varchar as name, if({again}, 1, 0) as revision
                from range({count * piece // pieces}, {count * (piece + 1) // pieces}) numbers(number)
            """
            yield self._lines(chosen, f"events-{piece:03}.json.gz", broken=1)

    def batch(self, day: int, number: int, rows: int) -> Path:
        """Return a file of events of one day: four in five are new, each fifth is a later record of one that `stored` has."""
        chosen = f"""
            select {day * self.per_day} + (hash(number, {number}) % {self.per_day})::bigint as id, {number} as revision,
                   if(number % 5 = 0, id::varchar, '{number}-' || number) as name
            from range({rows}) numbers(number)
        """
        return self._lines(chosen, f"batch-{day}-{number}.json.gz", broken=0)

    def stored(self, day: int) -> Path:
        """Return a Parquet file of all events of one day, in the columns of the table."""
        chosen = f"select id, id::varchar as name, 0 as revision from range({day * self.per_day}, {(day + 1) * self.per_day}) ids(id)"
        rows = f"select {', '.join(COLUMNS)} from ({self._events(chosen)})"
        return self._copy(rows, f"day-{day:03}.parquet", "format parquet")

    def _lines(self, chosen: str, file: str, *, broken: int) -> Path:
        lines = _LINES.format(events=self._events(chosen), broken=broken)
        return self._copy(lines, file, "format csv, header false, quote '', escape '', delimiter '\x01', compression gzip")

    def _events(self, chosen: str) -> str:
        return _EVENTS.format(first_day=FIRST_DAY, per_day=self.per_day, chosen=chosen)

    def _copy(self, sql: str, file: str, options: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        duckdb.sql("set TimeZone = 'UTC'")
        duckdb.sql(f"copy ({sql}) to '{self.folder / file}' ({options})")
        return self.folder / file


def contract(name: str) -> Contract:
    """Return the contract of events that land under a name: with a rule of each kind, as a real one has."""
    fields = tuple(Field(name=field, type=type_) for type_, field in COLUMNS.values())
    columns = [Column(name=column, type=type_, source=field, required=column in REQUIRED) for column, (type_, field) in COLUMNS.items()]
    return Contract(
        name=name,
        version="1.0.0",
        domain="shop",
        zone=Zone.PROCESSED,
        description="What visitors of a shop do.",
        owner="shop",
        load=Load.UPSERT,
        key=("event_ts", "event_id"),
        latest_by=("ingest_ts",),
        partition_by=("day(event_ts)",),
        source=Source(location=f"{name}/files/", format="json", fields=fields),
        columns=(*columns, Column(name="amount", type="decimal(14,2)", expression="`$.item.quantity` * `$.item.unit_price`")),
        row_rules=(RowRule(name="quantity is positive", broken="quantity <= 0"),),
        rules=(
            Rule(
                name="enough pages are seen",
                scope="batch",
                value="avg(if(event_type = 'page_view', 1, 0))",
                wanted="value > 0.1",
                severity=Severity.ERROR,
            ),
            Rule(
                name="no price from another world",
                scope="table",
                value="max(unit_price)",
                wanted="value < 100000",
                severity=Severity.WARNING,
            ),
        ),
    )
