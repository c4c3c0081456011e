"""What each type of resource costs; a type that is neither here nor free in the price table is named as unknown."""

from collections.abc import Iterator, Mapping

from cli.common.costs.bill import Cause, Charge
from cli.common.costs.counting import HOURS, Counting, Driver, Resource, UnknownCostError
from cli.common.costs.profile import MILLION
from cli.common.costs.runs import KB_A_GB, LEAST_HOURS, function, job, machine, schedule, starts
from cli.common.costs.stream import STANDING, Load, hourly, hourly_of_consumer, million

CRAWL_DPU_HOURS = 2 * 10 / 60  # two DPUs, ten minutes at least: https://aws.amazon.com/glue/pricing/


def standing(driver: str, price: str, hours: float = 1) -> Driver:
    """Return a driver of what costs the same in every month."""

    def charges(counting: Counting, resource: Resource) -> Iterator[Charge]:
        yield counting.charge(resource, driver, Cause.IDLE, 1, price, 1 / hours)

    return charges


def alarm(counting: Counting, resource: Resource) -> Iterator[Charge]:
    metrics = [one for one in resource.properties.get("Metrics", []) if "MetricStat" in one] or [resource]
    yield counting.charge(resource, "alarms", Cause.IDLE, len(metrics), "cloudwatch.alarm_month")


def endpoint(counting: Counting, resource: Resource) -> Iterator[Charge]:
    if resource.properties.get("VpcEndpointType") == "Interface":
        zones = len(resource.properties["SubnetIds"])
        yield counting.charge(resource, "interface endpoints", Cause.IDLE, zones, "ec2.endpoint_hour", 1 / HOURS)


def catalog_object(counting: Counting, resource: Resource) -> Iterator[Charge]:
    yield counting.charge(resource, "catalog", Cause.IDLE, 1, "glue.catalog_hundred_thousand_month", 100_000)


def bucket(counting: Counting, resource: Resource) -> Iterator[Charge]:
    words = [word for word in counting.profile.kept if resource.name.lower().startswith(word)] or [
        word for word in counting.profile.kept if word in resource.name.lower()
    ]
    if not words:
        raise UnknownCostError(f"the profile does not say how much is kept in it; `kept` knows {', '.join(counting.profile.kept)}")
    yield counting.charge(resource, "objects kept", Cause.KEPT, counting.profile.kept[words[0]], "s3.gb_month")
    if words[0] == "raw":
        yield counting.charge(resource, "objects landed", Cause.FILES, counting.profile.files.objects, "s3.thousand_puts", 1000)


def table(counting: Counting, resource: Resource) -> Iterator[Charge]:
    """Arrivals write to the ledger, and refreshes read from it."""
    if resource.properties.get("BillingMode") != "PAY_PER_REQUEST":
        raise UnknownCostError("its capacity is provisioned, which this price table does not have")
    assumed, objects = counting.profile.assumed, counting.profile.files.objects
    yield counting.charge(resource, "ledger, written", Cause.FILES, objects * assumed.writes_an_object, "dynamodb.million_writes", MILLION)
    yield counting.charge(resource, "ledger, read", Cause.FILES, objects * assumed.reads_an_object, "dynamodb.million_reads", MILLION)
    yield counting.charge(resource, "ledger, kept", Cause.KEPT, assumed.ledger_gb, "dynamodb.gb_month")
    if resource.properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        yield counting.charge(resource, "ledger, kept", Cause.KEPT, assumed.ledger_gb, "dynamodb.backup_gb_month")


def log_group(counting: Counting, resource: Resource) -> Iterator[Charge]:
    """What is written is counted with what writes it; here a month's is kept for as long as the group says."""
    days = resource.properties.get("RetentionInDays")
    if days is None:
        raise UnknownCostError("it keeps logs for ever")
    groups, jobs = ([one for one in counting.resources if one.type == kind] for kind in (resource.type, "AWS::Glue::Job"))
    assumed, files = counting.profile.assumed, counting.profile.files
    written = (files.refreshes * assumed.log_kb_a_refresh * len(jobs) + files.objects * assumed.log_kb_an_execution) / KB_A_GB / len(groups)
    yield counting.charge(resource, "logs kept", Cause.KEPT, written * days / 30, "cloudwatch.log_gb_month")


def stream(counting: Counting, resource: Resource) -> Iterator[Charge]:
    hour = hourly(resource.properties, counting.prices)
    yield Charge(resource.stack, "stream, by the hour", Cause.IDLE, HOURS, HOURS * hour)


def consumer(counting: Counting, resource: Resource) -> Iterator[Charge]:
    """A reader by enhanced fan-out: what is pushed to it is part of the stream's volume, and on shards each is paid by the hour."""
    (source,) = counting.of_type(resource.stack, "AWS::Kinesis::Stream")
    yield Charge(resource.stack, "further readers", Cause.IDLE, HOURS, HOURS * hourly_of_consumer(source.properties, counting.prices))


def delivery(counting: Counting, resource: Resource) -> Iterator[Charge]:
    """Records from the stream to raw, with the stream's volume and the function between."""
    records, assumed = counting.profile.stream, counting.profile.assumed
    load = Load(records.record_bytes, records.records_a_second, assumed.transformed_a_second)
    for part, usd in million(counting.templates[resource.stack], load, counting.prices).items():
        if part != STANDING:
            yield Charge(resource.stack, part, Cause.STREAM, records.millions, records.millions * usd)


def crawler(counting: Counting, resource: Resource) -> Iterator[Charge]:
    """A crawl by schedule; those on demand are nobody's but who asks for them."""
    expression = resource.properties.get("Schedule", {}).get("ScheduleExpression")
    if expression:
        yield counting.charge(resource, "crawls", Cause.IDLE, starts(expression) * CRAWL_DPU_HOURS, "glue.dpu_hour")


def athena(counting: Counting, resource: Resource) -> Iterator[Charge]:
    asked = counting.profile.asked
    yield counting.charge(resource, "queries in Athena", Cause.ASKED, asked.queries * asked.gb_scanned, "athena.scanned_tb", 1024)


def namespace(counting: Counting, resource: Resource) -> Iterator[Charge]:
    yield counting.charge(resource, "native tables", Cause.KEPT, counting.profile.asked.native_gb, "redshift.gb_month")
    if resource.properties.get("ManageAdminPassword"):
        yield counting.charge(resource, "secrets", Cause.IDLE, 1, "secretsmanager.secret_month")


def workgroup(counting: Counting, resource: Resource) -> Iterator[Charge]:
    base, asked = resource.properties["BaseCapacity"], counting.profile.asked
    hours = asked.warehouse_hours + asked.loads * LEAST_HOURS
    yield counting.charge(resource, "queries and loads in Redshift", Cause.ASKED, hours * base, "redshift.rpu_hour")


def flow_log(counting: Counting, resource: Resource) -> Iterator[Charge]:
    yield counting.charge(resource, "logs", Cause.ASKED, counting.profile.assumed.flow_log_gb, "cloudwatch.log_gb")


DRIVERS: Mapping[str, Driver] = {
    "AWS::Athena::WorkGroup": athena,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::CompositeAlarm": standing("composite alarms", "cloudwatch.composite_alarm_month"),
    "AWS::CloudWatch::Dashboard": standing("dashboards", "cloudwatch.dashboard_month"),
    "AWS::DynamoDB::Table": table,
    "AWS::EC2::EIP": standing("public addresses", "ec2.address_hour", HOURS),
    "AWS::EC2::FlowLog": flow_log,
    "AWS::EC2::NatGateway": standing("NAT gateways", "ec2.nat_hour", HOURS),
    "AWS::EC2::VPCEndpoint": endpoint,
    "AWS::Glue::Crawler": crawler,
    "AWS::Glue::Database": catalog_object,
    "AWS::Glue::Job": job,
    "AWS::Glue::Table": catalog_object,
    "AWS::KMS::Key": standing("keys", "kms.key_month"),
    "AWS::Kinesis::Stream": stream,
    "AWS::Kinesis::StreamConsumer": consumer,
    "AWS::KinesisFirehose::DeliveryStream": delivery,
    "AWS::Lambda::Function": function,
    "AWS::Logs::LogGroup": log_group,
    "AWS::RedshiftServerless::Namespace": namespace,
    "AWS::RedshiftServerless::Workgroup": workgroup,
    "AWS::S3::Bucket": bucket,
    "AWS::Scheduler::Schedule": schedule,
    "AWS::SecretsManager::Secret": standing("secrets", "secretsmanager.secret_month"),
    "AWS::StepFunctions::StateMachine": machine,
}
