"""Buckets of the lake."""

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

UNFINISHED_UPLOAD_DAYS = 7
ACCESS_LOG_DAYS = 365


class ZoneBucket(Construct):
    """An encrypted, versioned, access-logged bucket for one zone of the lake."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey,
        access_logs: s3.IBucket,
        noncurrent_days: int,
        cold_after_days: int | None,
        removal_policy: RemovalPolicy,
    ) -> None:
        """Define the bucket.

        Args:
            encryption_key: key for every object; its policy must name the services that read and write here.
            access_logs: bucket that receives the access logs, under the construct id.
            noncurrent_days: days that a replaced or deleted object can still be brought back.
            cold_after_days: days after which objects move to infrequent access; None keeps them hot.
            removal_policy: what becomes of the bucket when it leaves the template.
        """
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=encryption_key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{construct_id}/",
            lifecycle_rules=[_tidy(noncurrent_days, cold_after_days)],
            removal_policy=removal_policy,
        )

    def announce_new_objects(self) -> None:
        """Send the bucket's events to EventBridge.

        The L2 switch `event_bridge_enabled` would add a custom resource with a Lambda; the L1 property needs none.
        """
        resource = self.bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
        )

    def expire(self, days_by_prefix: Mapping[str, int]) -> None:
        """Delete objects under a prefix some days after they arrived.

        For raw only: nothing but Iceberg's own maintenance may delete a file under an Iceberg table.
        """
        for prefix, days in days_by_prefix.items():
            self.bucket.add_lifecycle_rule(prefix=prefix, expiration=Duration.days(days))


class QueryResultsBucket(Construct):
    """The bucket that Athena writes answers to; they expire."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey,
        access_logs: s3.IBucket,
        expire_days: int,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=encryption_key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{construct_id}/",
            lifecycle_rules=[_unfinished_uploads(), s3.LifecycleRule(expiration=Duration.days(expire_days))],
            removal_policy=removal_policy,
        )


class AccessLogBucket(Construct):
    """The bucket that other buckets write their access logs to."""

    def __init__(self, scope: Construct, construct_id: str, *, removal_policy: RemovalPolicy) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            # S3 delivers access logs to a bucket under a customer key only with extra grants; SSE-S3 always works.
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[_unfinished_uploads(), s3.LifecycleRule(expiration=Duration.days(ACCESS_LOG_DAYS))],
            removal_policy=removal_policy,
        )


def _tidy(noncurrent_days: int, cold_after_days: int | None) -> s3.LifecycleRule:
    cold = [
        s3.Transition(storage_class=s3.StorageClass.INFREQUENT_ACCESS, transition_after=Duration.days(days))
        for days in [cold_after_days]
        if days is not None
    ]
    return s3.LifecycleRule(
        abort_incomplete_multipart_upload_after=Duration.days(UNFINISHED_UPLOAD_DAYS),
        noncurrent_version_expiration=Duration.days(noncurrent_days),
        transitions=cold,
    )


def _unfinished_uploads() -> s3.LifecycleRule:
    return s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(UNFINISHED_UPLOAD_DAYS))
