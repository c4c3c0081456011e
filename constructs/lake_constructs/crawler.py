"""Glue crawlers over one bucket: a table per folder, and no others."""

import json
from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from lake_constructs.access import CatalogTables, use_catalog
from lake_constructs.glue_job import GlueSecurity
from lake_constructs.nag import acknowledge_wildcards

# what readers of a lake pass over too: names that begin with _ or a dot, at the top of the folder or below it; checksums of Hadoop
EXCLUSIONS = ("_**", "**/_**", ".**", "**/.**", "**.crc")
LOG_GROUPS = "/aws-glue/crawlers*"  # with a security configuration, Glue adds role and configuration to the name
WRITE_TABLES = (
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:GetPartitions",
    "glue:BatchGetPartition",
    "glue:BatchCreatePartition",
    "glue:BatchUpdatePartition",
)


def table_level(folder: str) -> int:
    """Return the level of a folder as a crawler counts: the bucket is 1.

    https://docs.aws.amazon.com/glue/latest/dg/crawler-table-level.html
    """
    return 1 + len([part for part in folder.split("/") if part])


def configuration(folder: str) -> str:
    """Return a crawler's configuration that makes `folder` one table, with whatever lies below it as partitions.

    https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html
    """
    return json.dumps(
        {
            "Version": 1.0,
            # a partition with columns of its own is unreadable as soon as the table's columns change: HIVE_PARTITION_SCHEMA_MISMATCH
            "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}, "Tables": {"TableThreshold": 1}},
            "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": table_level(folder)},
        },
        separators=(",", ":"),
    )


class CrawlerRole(Construct):
    """The one role of all crawlers of a bucket: reads the bucket, writes the tables of one database, and no more."""

    def __init__(self, scope: Construct, construct_id: str, *, bucket: s3.IBucket, database: str, encryption_key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"), description=f"Crawls into {database}.")
        self.arn = self.role.role_arn
        stack = Stack.of(self)
        log_groups = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{LOG_GROUPS}"
        statements = [
            iam.PolicyStatement(sid="ListObjects", actions=["s3:ListBucket", "s3:GetBucketLocation"], resources=[bucket.bucket_arn]),
            iam.PolicyStatement(sid="ReadObjects", actions=["s3:GetObject"], resources=[bucket.arn_for_objects("*")]),
            iam.PolicyStatement(sid="UseKey", actions=["kms:Decrypt"], resources=[encryption_key.key_arn]),
            use_catalog("WriteTables", self, CatalogTables(database, ["*"]), WRITE_TABLES),
            iam.PolicyStatement(
                sid="WriteLog",
                # AssociateKmsKey, because the security configuration encrypts the log groups
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"],
                resources=[log_groups],
            ),
        ]
        for statement in statements:
            self.role.add_to_policy(statement)
        acknowledge_wildcards(
            self.role, statements, "Every object of the bucket and every table of its database; Glue names its log streams."
        )


class CsvClassifier(Construct):
    """How crawlers read CSV: what is declared, not what a guess at the first lines gives."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, delimiter: str, header: Sequence[str] | None = None) -> None:
        """Define the classifier.

        Args:
            name: literal name; crawlers refer to it.
            header: names of the columns of objects without a header; None where the first line of each object has them.
        """
        super().__init__(scope, construct_id)
        self.name = name
        glue.CfnClassifier(
            self,
            "Classifier",
            csv_classifier=glue.CfnClassifier.CsvClassifierProperty(
                name=name,
                allow_single_column=True,
                contains_header="ABSENT" if header else "PRESENT",
                delimiter=delimiter,
                header=list(header) if header else None,
                quote_symbol='"',
            ),
        )


class FolderCrawler(Construct):
    """A crawler that makes one table of one folder; it runs on demand, and by its schedule if it has one."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        bucket: s3.IBucket,
        folder: str,
        database: str,
        role: CrawlerRole,
        security: GlueSecurity,
        exclusions: Sequence[str] = (),
        classifier: CsvClassifier | None = None,
        schedule: str | None = None,
    ) -> None:
        """Define the crawler.

        Args:
            name: literal name of the crawler, by which it is started.
            folder: path in the bucket; its last part becomes the table's name.
            exclusions: what lies in the folder and is no part of the table, as glob patterns from the folder on.
            schedule: as `cron(15 4 * * ? *)`, in UTC.
        """
        super().__init__(scope, construct_id)
        crawler = glue.CfnCrawler(
            self,
            "Crawler",
            name=name,
            role=role.arn,
            database_name=database,
            targets=glue.CfnCrawler.TargetsProperty(
                s3_targets=[
                    glue.CfnCrawler.S3TargetProperty(
                        path=f"s3://{bucket.bucket_name}/{folder.strip('/')}/", exclusions=[*EXCLUSIONS, *exclusions]
                    )
                ]
            ),
            classifiers=[classifier.name] if classifier else None,
            configuration=configuration(folder),
            crawler_security_configuration=security.name,
            recrawl_policy=glue.CfnCrawler.RecrawlPolicyProperty(recrawl_behavior="CRAWL_EVERYTHING"),
            # LOG, since a table that goes missing for a day would take its readers along
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(update_behavior="UPDATE_IN_DATABASE", delete_behavior="LOG"),
            schedule=glue.CfnCrawler.ScheduleProperty(schedule_expression=schedule) if schedule else None,
        )
        # the role with its policy, and what is named by text alone, must be there first
        crawler.node.add_dependency(role, security, *([classifier] if classifier else []))
