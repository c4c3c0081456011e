"""Say what a lake costs: idle by the month, by the GB and by the million records, by stack and by driver."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.common.console import err, out, step
from cli.common.costs import environment, prices, profile, report
from cli.common.costs.bill import Bill
from cli.common.costs.prices import Prices
from cli.common.options import Environment
from cli.common.tables import rendered

NEEDS = ["node"]


class Form(StrEnum):
    """How costs are printed."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


def run(
    env: Environment = "dev",
    profile_file: Annotated[
        Path | None, typer.Option("--profile", metavar="FILE", help="What passes through in a month; cli/common/costs/profile.yaml is one.")
    ] = None,
    prices_file: Annotated[
        Path | None, typer.Option("--prices", metavar="FILE", help="Another region's prices; cli/common/costs/prices.yaml is a table.")
    ] = None,
    compare: Annotated[str | None, typer.Option(metavar="REF", help="Show what was added since a commit, a branch or a tag.")] = None,
    list_prices: Annotated[bool, typer.Option("--list-prices", help="Show the price table instead.")] = False,
    format: Annotated[Form, typer.Option(help="markdown and json stand alone on standard output.")] = Form.TABLE,
) -> None:
    table, traffic = prices.load(prices_file), profile.load(profile_file)
    if list_prices:
        show_prices(table, format)
        return
    with step(f"templates of {env}"):
        bill = environment.now(env, traffic, table)
    if compare:
        with step(f"templates of {env} at {compare}"):
            before = environment.at(compare, env, traffic, table)
        show_change(before, bill, compare, format)
    elif format is Form.JSON:
        print(json.dumps(report.as_json(bill), indent=1))
    elif format is Form.MARKDOWN:
        print("\n".join(report.environments({Path(env).stem: bill})))
    else:
        show(bill)
    if format is Form.TABLE:
        say_what_is_missing(bill, table)


def show(bill: Bill) -> None:
    """Print a bill for people."""
    for title, key in {"By stack": report.by_stack, "By driver": report.by_driver}.items():
        out.print(rendered(["US dollars", *report.COLUMNS], report.parts(bill, key), title=title))
    out.print(f"Idle, it costs {bill.idle:,.2f} US dollars a month; with the profile's traffic, {bill.month():,.2f}.", style="bold")


def show_change(before: Bill, after: Bill, ref: str, form: Form) -> None:
    """Print what a change adds."""
    rows = report.change(before, after)
    if form is Form.JSON:
        print(json.dumps({"before": report.as_json(before), "after": report.as_json(after)}, indent=1))
    elif form is Form.MARKDOWN:
        print("\n".join(report.markdown(f"since {ref}, US dollars", rows)))
    elif len(rows) == 1:
        out.print(f"nothing costs more or less than at {ref}", markup=False)
    else:
        out.print(rendered([f"since {ref}", *report.COLUMNS], rows, title="What the change adds, in US dollars"))


def show_prices(table: Prices, form: Form) -> None:
    """Print the price table."""
    columns, rows = ["name", "US dollars", "per", "source", "checked"], list(report.price_list(table))
    if form is Form.JSON:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=1))
    elif form is Form.MARKDOWN:
        print("\n".join(report.markdown(columns[0], rows, columns[1:])))
    else:
        out.print(rendered(columns, rows, title=f"List prices of {table.region}, {table.date}"))


def say_what_is_missing(bill: Bill, table: Prices) -> None:
    """Print what the sums do not have in them; unknown resources first, since they may be dear."""
    for one in bill.unknown:
        err.print(f"cost unknown: {one.stack} {one.name} ({one.type}): {one.why}", style="red", markup=False)
    err.print(
        f"List prices of {table.region}, {table.date}; not measured on a bill. Not counted: {'; '.join(table.not_counted)}.", markup=False
    )
