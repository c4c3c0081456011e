"""Measure the warehouse of a running local lake, and print a Markdown table: `.venv/bin/python -m benchmarks.warehouse [--env NAME]`.

The lake must be deployed, and a product of which the warehouse keeps a copy published, as after `./lake demo`. All that the warehouse holds is dropped
first, and made and loaded again.
"""

import argparse
import json
import time
from collections.abc import Callable

from cli.common import activity, outputs, redshift
from cli.common.datasets import contracts
from cli.common.ledger import Ledger
from cli.common.session import Lake, connect
from cli.common.warehouse import ask

OWN = ("lake", "native", "lake_admin", "consumer", "processed", "live", "stream")  # schemas that migrations and definitions make
MOST_SECONDS, PAUSE = 60, 0.1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warehouse", description=__doc__)
    parser.add_argument("--env", default="local", help="environment of the lake")
    lake = connect(parser.parse_args().env)
    product = next(name for name, contract in contracts(lake).items() if contract.native and Ledger.of(lake).publication(name))
    empty(lake)
    results = [
        ("migrations of an empty warehouse", timed(lambda: ask(lake, "migrate")), 20),
        ("migrations with nothing to do", timed(lambda: ask(lake, "migrate")), 2),
    ]
    quiet(lake, product)
    rows = Ledger.of(lake).publication(product)["rows"]
    results.append((f"from the announcement of {product} ({rows:,} rows) to its copy", timed(lambda: load(lake, product)), 10))
    print("| what | measured | at most |\n|---|---|---|")
    for what, seconds, most in results:
        print(f"| {what} | {seconds:.1f} s | {most} s |")
    if slow := [what for what, seconds, most in results if seconds > most]:
        raise SystemExit(f"too slow: {'; '.join(slow)}")


def timed(act: Callable[[], object]) -> float:
    begin = time.monotonic()
    act()
    return time.monotonic() - begin


def empty(lake: Lake) -> None:
    """Drop all that the warehouse holds."""
    for (name,) in redshift.query(lake, "select role_name from svv_roles").rows:
        redshift.query(lake, f'drop role "{name}" force')
    for schema in OWN:
        redshift.query(lake, f"drop schema if exists {schema} cascade")


def load(lake: Lake, product: str) -> None:
    """Announce a product as its refresh does, and return once the load is over."""
    detail = json.dumps({"dataset": product, "snapshot": Ledger.of(lake).publication(product)["snapshot"]})
    entry = {"Source": f"{lake.settings.name}.lake", "DetailType": "Dataset Refreshed", "Detail": detail}
    before = Ledger.of(lake).load_lease(product).get("served", 0)
    lake.events.put_events(Entries=[entry])
    wait(lambda: Ledger.of(lake).load_lease(product).get("served", 0) > before)
    quiet(lake, product)


def quiet(lake: Lake, product: str) -> None:
    """Return once no load of a product is requested or runs.

    Raises:
        SystemExit: it failed, or took too long.
    """
    machine = outputs.value(lake, outputs.WAREHOUSE, "LoadMachineArn")
    wait(lambda: not list(activity.executions(lake, machine)))
    loaded = next((run for run in Ledger.of(lake).runs(product, most=1) if run.get("kind") == activity.LOAD), {})
    if loaded.get("status") != "loaded":
        raise SystemExit(f"the load of {product} is {loaded.get('status')}: {loaded.get('cause', 'see ./lake runs')}")


def wait(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + MOST_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise SystemExit(f"not loaded within {MOST_SECONDS} s; see ./lake runs")
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
