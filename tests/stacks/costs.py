"""What network and warehouse cost, counted in the templates.

List prices of us-west-2 in US dollars, without free allowances and taxes.
"""

from collections.abc import Iterator

from tests.stacks.synthesis import Assembly

HOURS = 730  # of a month, as AWS's own calculator has it
DAYS = HOURS / 24
PRICES = {
    "RPU hour": 0.36,  # AWS price list AmazonRedshift, us-west-2, published 2026-09-11: USW2-Redshift:ServerlessUsage
    # https://aws.amazon.com/privatelink/pricing/; checked on 2026-11-21 with https://awsnegotiations.com/privatelink-cost-analysis.html, of May 2026
    "interface endpoint in a zone, hour": 0.01,
    "secret, month": 0.40,  # https://aws.amazon.com/secrets-manager/pricing/
    "alarm, month": 0.10,  # https://aws.amazon.com/cloudwatch/pricing/
    "GB of native tables, month": 0.024,  # https://aws.amazon.com/redshift/pricing/
}
LEAST_SECONDS = 60  # that a query is billed for: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-billing.html


def idle(assembly: Assembly) -> dict[str, float]:
    """Return what a month costs in which nobody asks anything, by its parts."""
    endpoints = [found["Properties"] for found in assembly.resources("AWS::EC2::VPCEndpoint").values()]
    interfaces = sum(len(found["SubnetIds"]) for found in endpoints if found["VpcEndpointType"] == "Interface")
    alarms = [
        a for a in assembly.resources("AWS::CloudWatch::Alarm").values() if "load" in a["Properties"]["AlarmName"] or "warehouse" in str(a)
    ]
    managed = [n for n in assembly.resources("AWS::RedshiftServerless::Namespace").values() if n["Properties"]["ManageAdminPassword"]]
    return {
        f"{interfaces} interfaces to Glue": interfaces * HOURS * PRICES["interface endpoint in a zone, hour"],
        f"{len(alarms)} alarms": len(alarms) * PRICES["alarm, month"],
        f"{len(managed)} secret": len(managed) * PRICES["secret, month"],
    }


def busy(assembly: Assembly) -> dict[str, float]:
    """Return what use costs, by how it is counted."""
    (workgroup,) = (found["Properties"] for found in assembly.resources("AWS::RedshiftServerless::Workgroup").values())
    (limit,) = (found["Properties"] for found in assembly.resources("Custom::LakeUsageLimit").values())
    rpu, base, most, daily = PRICES["RPU hour"], workgroup["BaseCapacity"], workgroup["MaxCapacity"], int(limit["RpuHours"])
    return {
        f"a query or a load, at least ({LEAST_SECONDS} s of {base} RPUs)": base * rpu * LEAST_SECONDS / 3600,
        f"an hour of queries at the base ({base} RPUs)": base * rpu,
        f"an hour of queries at the most ({most} RPUs)": most * rpu,
        f"a day at its limit ({daily} RPU hours), after which queries are refused": daily * rpu,
        "a month of such days": daily * rpu * DAYS,
    }


def table(assembly: Assembly) -> Iterator[str]:
    """Yield the lines of docs/warehouse.md."""
    yield "| what | US dollars |"
    yield "|---|---|"
    for what, dollars in idle(assembly).items():
        yield f"| idle, a month: {what} | {dollars:.2f} |"
    yield f"| **idle, a month** | **{sum(idle(assembly).values()):.2f}** |"
    for what, dollars in busy(assembly).items():
        yield f"| {what} | {dollars:.2f} |"
    yield f"| a GB of native tables, a month | {PRICES['GB of native tables, month']:.3f} |"
