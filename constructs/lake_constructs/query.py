"""SQL over the lake."""

from aws_cdk import aws_athena as athena
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

GIB = 1024**3


class QueryWorkgroup(Construct):
    """An Athena workgroup whose settings its users cannot change, and which ends a query that scans too much."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, results: s3.IBucket, encryption_key: kms.IKey, scan_limit_gib: int
    ) -> None:
        super().__init__(scope, construct_id)
        workgroup = athena.CfnWorkGroup
        self.name = name
        workgroup(
            self,
            "Workgroup",
            name=name,
            recursive_delete_option=True,  # a workgroup that still has queries in its history cannot be deleted otherwise
            work_group_configuration=workgroup.WorkGroupConfigurationProperty(
                bytes_scanned_cutoff_per_query=scan_limit_gib * GIB,
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                engine_version=workgroup.EngineVersionProperty(selected_engine_version="Athena engine version 3"),
                result_configuration=workgroup.ResultConfigurationProperty(
                    output_location=f"s3://{results.bucket_name}/{name}/",
                    encryption_configuration=workgroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=encryption_key.key_arn
                    ),
                ),
            ),
        )
