"""Bills as tables, for a terminal and for docs/."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from cli.common.costs.bill import Bill, Cause, Charge
from cli.common.costs.prices import Prices

Row = list[str]
COLUMNS = ("idle, month", "a GB of files", "a million records", "kept, month", "asked, month", "all, month")
LEAST = 0.0005  # dollars; less is shown as nothing


def figures(bill: Bill) -> list[float]:
    """Return a bill's figures, in the order of COLUMNS."""
    return [bill.idle, bill.per_gb, bill.per_million, bill.month(Cause.KEPT), bill.month(Cause.ASKED), bill.month()]


def dollars(usd: float) -> str:
    """Return an amount: cents, and three digits where it is less than one."""
    return "" if abs(usd) < LEAST else f"{usd:.3f}" if abs(usd) < 0.995 else f"{usd:,.2f}"


def parts(bill: Bill, key: Callable[[Charge], str]) -> list[Row]:
    """Return a row for each part of a bill, and one for all of it."""
    rows = [[name, *map(dollars, figures(part))] for name, part in bill.by(key).items()]
    return [row for row in rows if any(row[1:])] + [["all", *map(dollars, figures(bill))]]


def change(before: Bill, after: Bill) -> list[Row]:
    """Return a row for each driver whose cost differs: the figures that are added, with their sign."""
    old, new = (bill.by(by_both) for bill in (before, after))
    empty = Bill((), (), after.profile)
    rows = []
    for name in {**new, **old}:
        more = [b - a for a, b in zip(figures(old.get(name, empty)), figures(new.get(name, empty)), strict=True)]
        if any(dollars(one) for one in more):
            rows.append([name, *map(signed, more)])
    return [*rows, ["all", *(signed(b - a) for a, b in zip(figures(before), figures(after), strict=True))]]


def signed(usd: float) -> str:
    return f"+{dollars(usd)}" if usd > 0 and dollars(usd) else dollars(usd)


def by_stack(charge: Charge) -> str:
    return charge.stack


def by_driver(charge: Charge) -> str:
    return charge.driver


def by_both(charge: Charge) -> str:
    return f"{charge.stack}: {charge.driver}"


def markdown(first: str, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> list[str]:
    """Return a table of docs/."""
    lines = [f"| {first} | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def environments(bills: Mapping[str, Bill]) -> list[str]:
    """Return the table of the README: a row for each environment."""
    return markdown("US dollars", [[f"`{name}`", *map(dollars, figures(bill))] for name, bill in bills.items()])


def price_list(prices: Prices) -> Iterator[Row]:
    """Yield each price with its unit, its source and what it was compared with."""
    for name, price in prices.prices.items():
        yield [name, f"{price.usd:.10f}".rstrip("0").rstrip("."), price.per, price.source, price.checked]


def as_json(bill: Bill) -> dict[str, object]:
    """Return a bill for programs."""
    return {
        "idle_month": bill.idle,
        "per_gb": bill.per_gb,
        "per_million_records": bill.per_million,
        "month": bill.month(),
        "charges": [
            {"stack": one.stack, "driver": one.driver, "cause": one.cause.value, "quantity": one.quantity, "usd_month": one.usd}
            for one in bill.charges
        ],
        "unknown": [{"stack": one.stack, "name": one.name, "type": one.type, "why": one.why} for one in bill.unknown],
    }
