"""What that which stays would still cost, at the list prices of `./lake cost`."""

from collections.abc import Iterator

from cli.common.costs import prices, profile
from cli.common.costs.counting import count
from cli.common.costs.drivers import DRIVERS
from cli.common.session import Lake
from cli.common.teardown import buckets
from cli.common.teardown.plan import BUCKET, Plan, Stay


def costs(lake: Lake, plan: Plan) -> Iterator[tuple[Stay, float, bool]]:
    """Yield what costs in each month, how many US dollars, and whether that is all of it: large buckets are not counted to their end."""
    table, traffic = prices.load(), profile.load()
    for stay in plan.stays:
        usd, whole = 0.0, True
        for stack in {resource.stack for resource in stay.resources}:
            names = {resource.logical_id for resource in stay.resources if resource.stack == stack}
            kept = {name: found for name, found in plan.templates[stack]["Resources"].items() if name in names}
            usd += count({stack: {"Resources": kept}}, traffic, table, DRIVERS).idle
        for resource in stay.resources:
            if resource.kind == BUCKET:
                _, held, counted = buckets.size(lake, resource.name)
                usd += held / buckets.GB * table.usd("s3.gb_month")
                whole = whole and counted
        if usd >= 0.005 or not whole:  # a cent
            yield stay, usd, whole
