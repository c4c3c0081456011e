"""Where parts of the lake write what they do."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(scope: Construct, construct_id: str, *, name: str, encryption_key: kms.IKey, days: int) -> logs.LogGroup:
    """Define an encrypted log with a literal name, which goes with its stack.

    Args:
        encryption_key: its policy must name CloudWatch Logs.
        days: that it is kept; one of the numbers that CloudWatch Logs takes.
    """
    group = logs.LogGroup(scope, construct_id, log_group_name=name, encryption_key=encryption_key, removal_policy=RemovalPolicy.DESTROY)
    resource = group.node.default_child
    assert isinstance(resource, logs.CfnLogGroup)
    resource.retention_in_days = days  # the L2 takes names, as TWO_WEEKS, for what settings give as a number
    return group
