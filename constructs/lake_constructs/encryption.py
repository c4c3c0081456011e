"""The key of the lake, and who may use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


@dataclass(frozen=True)
class ServiceUse:
    """What an AWS service does with the key on its own behalf.

    Attributes:
        principal: the service, as `events.amazonaws.com`.
        actions: what it calls.
        conditions: what narrows it to this account.
    """

    principal: str
    actions: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


ENCRYPT_AND_DECRYPT = ("kms:Decrypt", "kms:GenerateDataKey*")


class LakeKey(Construct):
    """One customer key for everything that the lake stores."""

    def __init__(self, scope: Construct, construct_id: str, *, removal_policy: RemovalPolicy) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self, "Key", description="Everything that the lake stores.", enable_key_rotation=True, removal_policy=removal_policy
        )
        for use in _services(Stack.of(self)):
            self.key.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal(use.principal)],
                    actions=list(use.actions),
                    resources=["*"],
                    conditions=dict(use.conditions),
                )
            )


def _services(stack: Stack) -> tuple[ServiceUse, ...]:
    """Return each service that calls the key in its own name; the statement for the account's root covers roles, but no service."""
    this_account = {"StringEquals": {"aws:SourceAccount": stack.account}}
    log_groups = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:*"
    return (
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        ServiceUse(
            f"logs.{stack.region}.amazonaws.com",
            ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"),
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        ),
        # rules put what they could not deliver into an encrypted queue: https://github.com/aws/aws-cdk/issues/33169
        ServiceUse("events.amazonaws.com", ENCRYPT_AND_DECRYPT, this_account),
        # alarms publish to an encrypted topic: https://github.com/aws/aws-cdk/issues/11121
        ServiceUse("cloudwatch.amazonaws.com", ENCRYPT_AND_DECRYPT, this_account),
        # a topic delivers to encrypted queues
        ServiceUse("sns.amazonaws.com", ENCRYPT_AND_DECRYPT, this_account),
    )
