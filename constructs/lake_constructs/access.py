"""Permissions on parts of the lake, written by hand: a bucket's own grants give the whole bucket, a table's the whole table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import IConstruct


@dataclass(frozen=True)
class CatalogTables:
    """Tables of one Glue database."""

    database: str
    tables: Sequence[str]

    def arns(self, scope: IConstruct) -> list[str]:
        """Return what an action on a table needs: catalog, database and table.

        https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
        """
        names = ["catalog", f"database/{self.database}", *(f"table/{self.database}/{table}" for table in self.tables)]
        return [_glue_arns(scope) + name for name in names]


def _once(ask: Callable[[Any], str]) -> Callable[[Any], str]:
    """Ask a construct once, for each question is a message to the CDK's node process; Any, since its interfaces do not say that they can be keys."""
    return lru_cache(maxsize=64)(ask)


@_once
def _glue_arns(scope: IConstruct) -> str:
    """Return what the ARN of whatever is in the catalog begins with."""
    return Stack.of(scope).format_arn(service="glue", resource="")


@_once
def _bucket_arn(bucket: s3.IBucket) -> str:
    return bucket.bucket_arn


@_once
def _table_arn(table: dynamodb.ITable) -> str:
    return table.table_arn


def list_prefixes(sid: str, bucket: s3.IBucket, prefixes: Sequence[str]) -> iam.PolicyStatement:
    """Allow to list a bucket under some prefixes alone."""
    return iam.PolicyStatement(
        sid=sid,
        actions=["s3:ListBucket"],
        resources=[_bucket_arn(bucket)],
        conditions={"StringLike": {"s3:prefix": [pattern for prefix in prefixes for pattern in (prefix, f"{prefix}/*")]}},
    )


def use_objects(sid: str, bucket: s3.IBucket, prefixes: Sequence[str], actions: Sequence[str]) -> iam.PolicyStatement:
    """Allow actions on the objects under some prefixes, and on the prefix's own name, which S3A asks for."""
    names = [name for prefix in prefixes for name in (prefix, f"{prefix}/*")]
    return iam.PolicyStatement(sid=sid, actions=list(actions), resources=[f"{_bucket_arn(bucket)}/{name}" for name in names])


def use_catalog(sid: str, scope: IConstruct, tables: CatalogTables, actions: Sequence[str]) -> iam.PolicyStatement:
    """Allow actions on some tables of the catalog."""
    return iam.PolicyStatement(sid=sid, actions=list(actions), resources=tables.arns(scope))


def use_items(sid: str, table: dynamodb.ITable, datasets: Sequence[str] | None, actions: Sequence[str]) -> iam.PolicyStatement:
    """Allow actions on the items of some datasets, and on the index over them; None means the items of all."""
    if datasets is None:
        return iam.PolicyStatement(sid=sid, actions=list(actions), resources=[_table_arn(table)])
    return iam.PolicyStatement(
        sid=sid,
        actions=list(actions),
        resources=[_table_arn(table), f"{_table_arn(table)}/index/pending"],
        # ForAllValues holds for a request without any key too: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
        conditions={
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": list(datasets)},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )
