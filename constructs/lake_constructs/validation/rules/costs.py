"""What bounds a bill: each of these deploys without it, and is noticed at the end of the month."""

from collections.abc import Iterator

from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

MOST_MINUTES = 24 * 60
MOST_RETRIES = 1
MOST_ADDRESSES = 10  # of one notification: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html


@rule("AWS::Glue::Job", mend="set Timeout, NumberOfWorkers and --enable-auto-scaling, and leave retries to what starts it")
def job_is_bounded(templates: Templates, job: Resource) -> Iterator[str]:
    """A job that hangs is billed until its timeout, with all its workers where it does not scale, and again for each retry."""
    held = job.properties
    timeout, workers, retries = held.get("Timeout"), held.get("NumberOfWorkers"), held.get("MaxRetries", 0)
    if not isinstance(timeout, int) or not 0 < timeout <= MOST_MINUTES:
        yield f"Timeout is {timeout}; it is from 1 to {MOST_MINUTES} minutes"
    if not isinstance(workers, int):
        yield "NumberOfWorkers is not set, so that nothing says how many it may have"
    if held.get("DefaultArguments", {}).get("--enable-auto-scaling") != "true":
        yield "it keeps workers that have nothing to do: --enable-auto-scaling is not true"
    if retries > MOST_RETRIES:
        yield f"MaxRetries is {retries}; a job that fails is billed as often"


@rule("AWS::Athena::WorkGroup", mend="set BytesScannedCutoffPerQuery, and enforce it")
def queries_are_cut_off(templates: Templates, workgroup: Resource) -> Iterator[str]:
    """A query is billed by what it reads, and nothing but this stops one that reads all there is."""
    configuration = workgroup.properties.get("WorkGroupConfiguration", {})
    if not configuration.get("BytesScannedCutoffPerQuery"):
        yield "its queries may read without end"
    elif not configuration.get("EnforceWorkGroupConfiguration", True):
        yield "its users may read past the limit: EnforceWorkGroupConfiguration is false"


@rule("AWS::Logs::LogGroup", mend="set RetentionInDays")
def log_group_ends(templates: Templates, group: Resource) -> Iterator[str]:
    """A log group keeps what it has for ever unless told otherwise."""
    if not group.properties.get("RetentionInDays"):
        yield "it keeps logs for ever"


@rule("AWS::S3::Bucket", mend="set BucketKeyEnabled")
def bucket_uses_its_key_seldom(templates: Templates, bucket: Resource) -> Iterator[str]:
    """Without a bucket key each object that is read or written is a request to KMS, and small files are many."""
    rules = bucket.properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    for found in rules:
        algorithm = found.get("ServerSideEncryptionByDefault", {}).get("SSEAlgorithm")
        if str(algorithm).startswith("aws:kms") and found.get("BucketKeyEnabled") is not True:
            yield f"it is encrypted by {algorithm} without a bucket key"


@rule("AWS::EC2::VPC", "AWS::EC2::NatGateway", mend="take gateway and interface endpoints, or acknowledge what it is for")
def network_has_no_nat(templates: Templates, found: Resource) -> Iterator[str]:
    """A NAT gateway costs by the hour and by the byte, and a lake's bytes are many; endpoints lead to AWS's services without one."""
    if found.type == "AWS::EC2::NatGateway":
        yield "it is paid by the hour, and for every byte that passes"


@rule(
    "AWS::Budgets::Budget",
    mend="give it a limit, and notifications of what is spent and of the forecast, each with 1 to 10 addresses or a topic",
)
def budget_tells_somebody(templates: Templates, budget: Resource) -> Iterator[str]:
    """A budget without notifications is a line in the console that nobody looks at."""
    if float(budget.properties.get("Budget", {}).get("BudgetLimit", {}).get("Amount", 0)) <= 0:
        yield "it has no limit"
    told = budget.properties.get("NotificationsWithSubscribers", [])
    for kind in ("ACTUAL", "FORECASTED"):
        if not any(one["Notification"]["NotificationType"] == kind and one.get("Subscribers") for one in told):
            yield f"nobody is told when what is {'spent' if kind == 'ACTUAL' else 'forecast'} is above it"
    for one in told:
        addresses = [subscriber for subscriber in one.get("Subscribers", []) if subscriber.get("SubscriptionType") == "EMAIL"]
        if len(addresses) > MOST_ADDRESSES:
            yield f"a notification goes to {len(addresses)} addresses; AWS takes {MOST_ADDRESSES}"
