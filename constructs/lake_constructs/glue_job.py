"""A Glue job that runs under a role of its own."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from lake_constructs.log_errors import ErrorLine, count_errors
from lake_constructs.log_group import log_group
from lake_constructs.nag import acknowledge_wildcards

# One Spark catalog over the Glue catalog: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-iceberg.html
SPARK_CONFIGURATION = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.glue_catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "spark.sql.catalog.glue_catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    # an archived copy of the table for each commit would fill the catalog's version quota
    "spark.sql.catalog.glue_catalog.glue.skip-archive": "true",
    "spark.sql.session.timeZone": "UTC",
}
DPUS = {"G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8}  # of one worker: https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
LOGS = "/aws-glue/jobs"
STREAMS = ("error", "output")
"""The log groups of jobs below their prefix: https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html"""


class GlueSecurity(Construct):
    """Encryption of what Glue keeps for its jobs: logs, bookmarks, output."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, encryption_key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.name = name
        # for all jobs at once: each question is a message to the CDK's node process
        self.key_arn = encryption_key.key_arn
        configuration = glue.CfnSecurityConfiguration
        configuration(
            self,
            "Configuration",
            name=name,
            encryption_configuration=configuration.EncryptionConfigurationProperty(
                cloud_watch_encryption=configuration.CloudWatchEncryptionProperty(
                    cloud_watch_encryption_mode="SSE-KMS", kms_key_arn=self.key_arn
                ),
                job_bookmarks_encryption=configuration.JobBookmarksEncryptionProperty(
                    job_bookmarks_encryption_mode="CSE-KMS", kms_key_arn=self.key_arn
                ),
                s3_encryptions=[configuration.S3EncryptionProperty(s3_encryption_mode="SSE-KMS", kms_key_arn=self.key_arn)],
            ),
        )


class JobLogs(Construct):
    """The log groups of some jobs, with an end and a count of their error lines; Glue itself would make them without.

    Attributes:
        prefix: what stands before the names of the groups.
        arns: of all groups that Glue may write to for these jobs.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, part: str, encryption_key: kms.IKey, log_days: int) -> None:
        """Define them.

        Args:
            name: literal name, no other lake's or domain's.
            part: what the error lines are counted as.
            log_days: days that they are kept; one of the numbers that CloudWatch Logs takes.
        """
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.prefix = f"{LOGS}/{name}"
        # Glue may put names of its own between the prefix and the stream, of the security configuration and the role
        self.arns = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{self.prefix}/*"
        for stream in STREAMS:
            group = log_group(self, stream.title(), name=f"{self.prefix}/{stream}", encryption_key=encryption_key, days=log_days)
            count_errors(group, part, ErrorLine.JOB)


class SparkJob(Construct):
    """A PySpark job on Glue. Its role may do what `allow` was told, write its log, and no more."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        script: str,
        arguments: Mapping[str, str],
        security: GlueSecurity,
        logs: JobLogs,
        glue_version: str,
        worker_type: str,
        workers: int,
        timeout_minutes: int,
        metrics: Sequence[str] = (),
    ) -> None:
        """Define the job and its role.

        Args:
            name: literal name of the job, by which a state machine starts it.
            script: S3 URI of the job file.
            arguments: default arguments, with their leading dashes.
            workers: greatest number of workers; Glue starts fewer where fewer do.
            timeout_minutes: a run that takes longer is stopped.
            metrics: namespaces of the metrics that the job sends itself.
        """
        super().__init__(scope, construct_id)
        self.name = name
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"), description=f"Runs {name}.")
        job = glue.CfnJob(
            self,
            "Job",
            name=name,
            role=self.role.role_arn,
            command=glue.CfnJob.JobCommandProperty(name="glueetl", python_version="3", script_location=script),
            default_arguments={
                "--custom-logGroup-prefix": logs.prefix,
                "--conf": " --conf ".join(f"{key}={value}" for key, value in SPARK_CONFIGURATION.items()),
                "--datalake-formats": "iceberg",
                "--enable-auto-scaling": "true",
                "--enable-continuous-cloudwatch-log": "true",
                "--enable-metrics": "true",
                **arguments,
            },
            execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=1),
            glue_version=glue_version,
            job_run_queuing_enabled=True,
            max_retries=0,  # above 0 a run that waits for capacity fails instead of queueing; the state machine retries
            number_of_workers=workers,
            security_configuration=security.name,
            timeout=timeout_minutes,
            worker_type=worker_type,
        )
        job.node.add_dependency(security, logs, self.role)  # a run that starts before the role's policy is there is denied
        self.allow(_own_statements(security, logs, metrics), "Glue names its log streams; PutMetricData takes no resource.")

    def allow(self, statements: Sequence[iam.PolicyStatement], reason: str) -> None:
        """Add to what the job may do; `reason` says why their wildcards are right."""
        for statement in statements:
            self.role.add_to_policy(statement)
        acknowledge_wildcards(self.role, statements, reason)


def _own_statements(security: GlueSecurity, logs: JobLogs, metrics: Sequence[str]) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            sid="WriteLog",
            # AssociateKmsKey, because the security configuration encrypts the log groups
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"],
            resources=[logs.arns],
        ),
        iam.PolicyStatement(
            sid="WriteMetrics",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": ["Glue", *metrics]}},
        ),
        iam.PolicyStatement(
            sid="UseKey",
            actions=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
            resources=[security.key_arn],
        ),
    ]
