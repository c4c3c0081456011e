"""What a million records cost, computed from the template: `./lake synth --env prod`, then `.venv/bin/python -m benchmarks.stream_cost prod`.

The prices are those of cli/common/costs/prices.yaml. What is not in it: the refreshes that read the files, storage in S3, and the free tier.
"""

import sys
from collections.abc import Mapping
from typing import Any

from cli.common.costs import prices
from cli.common.costs.counting import templates_in
from cli.common.costs.stream import KIB, Load, million
from cli.common.paths import ROOT

LOADS = {
    "300 bytes, 10 a second": Load(300, 10),
    "300 bytes, 1,000 a second": Load(300, 1_000),
    "4 KB, 1,000 a second": Load(4 * KIB, 1_000),
}


def table(template: Mapping[str, Any]) -> list[str]:
    """Return the lines of a Markdown table."""
    table = prices.load()
    costs = {what: million(template, load, table) for what, load in LOADS.items()}
    parts = list(next(iter(costs.values())))
    rows = [[part, *(f"{found[part]:.3f}" for found in costs.values())] for part in parts]
    rows.append(["**a million records**", *(f"**{sum(found.values()):.2f}**" for found in costs.values())])
    return [f"| dollars for | {' | '.join(costs)} |", f"|---|{'---|' * len(costs)}", *(f"| {' | '.join(row)} |" for row in rows)]


def main() -> None:
    environment = sys.argv[1] if len(sys.argv) > 1 else "prod"
    found = templates_in(ROOT / "cdk.out" / environment)
    if "Ingestion" not in found:
        raise SystemExit(f"no template of the stream in cdk.out/{environment}; type ./lake synth --env {environment} first")
    print("\n".join(table(found["Ingestion"])))


if __name__ == "__main__":
    main()
