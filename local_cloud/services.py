"""The services of the local cloud and what stands in for each; every other service is refused by name.

The table of the documentation is made from this.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A service that answers in the local cloud.

    Attributes:
        name: as people say it.
        signing_name: what requests to it are signed for, which is also what ministack calls it.
        stands_in: what does the work here.
        differs: what a user must know that is not as on AWS.
        own: whether ministack does not have it at all.
    """

    name: str
    signing_name: str
    stands_in: str
    differs: str
    own: bool = False


SERVICES: tuple[Service, ...] = (
    Service(
        "Amazon S3",
        "s3",
        "ministack, objects as files on this machine",
        "objects are not encrypted, though their keys are needed; lifecycle rules and access logs are kept and shown, not carried out",
    ),
    Service("AWS KMS", "kms", "ministack", "key policies decide who may use what is under a key; nothing is encrypted at rest"),
    Service("Amazon DynamoDB", "dynamodb", "ministack", "backups and encryption are kept and shown, not carried out"),
    Service(
        "AWS Glue",
        "glue",
        "ministack for the catalog; PySpark on this machine for jobs and table optimizers, DuckDB for crawlers",
        "one machine, whatever the worker type; crawlers make one table per folder of a given level, and read CSV by a classifier alone; "
        "table optimizers run when `./lake maintain` asks, not by themselves, compact two files where Glue waits for a hundred, and refuse "
        "other strategies, networks and run rates",
    ),
    Service(
        "Amazon Athena",
        "athena",
        "DuckDB on this machine, over Iceberg and plain CSV, JSON lines and Parquet",
        "DuckDB's SQL where the dialects differ; nothing is billed",
    ),
    Service("AWS Secrets Manager", "secretsmanager", "ministack", "secrets are not encrypted, though their key is needed; no rotation"),
    Service(
        "Amazon Redshift Serverless",
        "redshift-serverless",
        "namespaces, workgroups and usage limits of ours",
        "usage is the base capacity times the time of statements, and a limit of it refuses them, without a message or a metric of its own; logs and routing are kept and shown, not carried out; "
        "no snapshots; no endpoint to connect to but the Data API",
        own=True,
    ),
    Service(
        "Amazon Redshift Data API",
        "redshift-data",
        "DuckDB on this machine, a file per namespace; external schemas read Iceberg, and streams of Kinesis, with the rights of the Spectrum role",
        "one statement after the other; privileges in the database are kept and shown, and not asked; distribution, sort keys and encodings "
        "are kept and shown; SQL that has no translation is refused with its text",
        own=True,
    ),
    Service(
        "Amazon VPC",
        "ec2",
        "ministack, networks alone",
        "kept and shown: nothing passes through a network here, so nothing is logged or kept out",
    ),
    Service(
        "AWS Lambda",
        "lambda",
        "Python on this machine, a warm process per function under its own role",
        "this machine's Python 3 and architecture, whatever the function asks for; memory, storage and tracing are kept and shown, not enforced; "
        "of layers the one of Powertools, which stands in for AWS's",
    ),
    Service(
        "AWS Step Functions",
        "states",
        "ministack; tasks call the services here under the role of their machine",
        "executions of Express machines can be listed; of what an execution does its log has the beginning, the failures and the end; traces are not written",
    ),
    Service("Amazon EventBridge", "events", "ministack", "what fails goes to the dead-letter queue at once, without a day of retries"),
    Service("Amazon SQS", "sqs", "ministack", "messages are not encrypted, though their key is needed"),
    Service(
        "Amazon SNS",
        "sns",
        "ministack",
        "messages reach queues, and an inbox that `./lake inbox` shows; no e-mail or text message leaves this machine",
    ),
    Service(
        "AWS IAM",
        "iam",
        "ministack's evaluation, completed for Glue, keys, items and events",
        "role, boundary, session, bucket, queue, topic and key policies decide; there are no service control policies",
    ),
    Service(
        "Amazon Kinesis Data Streams",
        "kinesis",
        "ministack describes streams; records are files on this machine",
        "shards stay as many as they were made; nothing is throttled but on demand, and no consumer is slowed to its 2 MB a second; "
        "records are not encrypted, though their key is needed",
    ),
    Service(
        "Amazon Data Firehose",
        "firehose",
        "threads here, with DuckDB for Parquet",
        "from Kinesis streams to S3 alone, through one function; seconds of buffers pass faster (`--delivery-speed`); primitive columns only",
    ),
    Service("AWS STS", "sts", "ministack", "sessions end when the local cloud stops"),
    Service(
        "AWS CloudFormation", "cloudformation", "ministack, with the resource types that our stacks use", "no quotas, no drift detection"
    ),
    Service(
        "Amazon CloudWatch",
        "monitoring",
        "ministack for metrics; alarms are looked at by a clock of ours",
        "an alarm's own periods decide, where AWS looks a little further back, and slide, where AWS's begin at the full minute; metric math of alarms as "
        "far as one datapoint goes, none of queries; no anomaly detection; dashboards are kept, not drawn",
    ),
    Service(
        "Amazon EventBridge Scheduler",
        "scheduler",
        "ministack",
        "schedules start state machines and functions only, in UTC, the first time after one interval",
    ),
    Service(
        "Amazon CloudWatch Logs",
        "logs",
        "ministack",
        "retention and encryption are kept and shown, not carried out; filter patterns of words, phrases and fields",
    ),
    Service("AWS Systems Manager", "ssm", "ministack", "parameters only, for the version of the CDK bootstrap"),
    Service("Amazon ECR", "ecr", "ministack", "the repository of the CDK bootstrap; images are not run"),
)

BY_SIGNING_NAME = {service.signing_name: service for service in SERVICES}


def absent(signing_name: str) -> str:
    """Say that a service is not in the local cloud, and what is."""
    present = ", ".join(sorted(BY_SIGNING_NAME))
    return f"{signing_name} is not in the local cloud; it has {present} (local_cloud/services.py)"
