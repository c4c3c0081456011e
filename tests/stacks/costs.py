"""What network and warehouse cost, counted in the templates, at the prices of cli/common/costs/prices.yaml."""

from collections.abc import Iterator

from cli.common.costs.prices import load
from tests.stacks.synthesis import Assembly

HOURS = 730  # of a month, as AWS's own calculator has it
DAYS = HOURS / 24
PRICES = load()
LEAST_SECONDS = 60  # that a query is billed for: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-billing.html


def idle(assembly: Assembly) -> dict[str, float]:
    """Return what a month costs in which nobody asks anything, by its parts."""
    endpoints = [found["Properties"] for found in assembly.resources("AWS::EC2::VPCEndpoint").values()]
    interfaces = sum(len(found["SubnetIds"]) for found in endpoints if found["VpcEndpointType"] == "Interface")
    alarms = [
        a for a in assembly.resources("AWS::CloudWatch::Alarm").values() if "load" in a["Properties"]["AlarmName"] or "warehouse" in str(a)
    ]
    composites = [a for a in assembly.resources("AWS::CloudWatch::CompositeAlarm").values() if "load" in a["Properties"]["AlarmName"]]
    managed = [n for n in assembly.resources("AWS::RedshiftServerless::Namespace").values() if n["Properties"]["ManageAdminPassword"]]
    return {
        f"{interfaces} interfaces to Glue": interfaces * HOURS * PRICES.usd("ec2.endpoint_hour"),
        f"{len(alarms)} alarms": len(alarms) * PRICES.usd("cloudwatch.alarm_month"),
        f"{len(composites)} composite alarms": len(composites) * PRICES.usd("cloudwatch.composite_alarm_month"),
        f"{len(managed)} secret": len(managed) * PRICES.usd("secretsmanager.secret_month"),
    }


def busy(assembly: Assembly) -> dict[str, float]:
    """Return what use costs, by how it is counted."""
    (workgroup,) = (found["Properties"] for found in assembly.resources("AWS::RedshiftServerless::Workgroup").values())
    (limit,) = (found["Properties"] for found in assembly.resources("Custom::LakeUsageLimit").values())
    rpu, base, most, daily = PRICES.usd("redshift.rpu_hour"), workgroup["BaseCapacity"], workgroup["MaxCapacity"], int(limit["RpuHours"])
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
    yield f"| a GB of native tables, a month | {PRICES.usd('redshift.gb_month'):.3f} |"
