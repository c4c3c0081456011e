"""Where people and rules are told of what went wrong."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from lake_constructs.nag import acknowledge

UNDELIVERED_DAYS = 14  # the longest that SQS keeps a message


class FailureTopic(Construct):
    """An encrypted topic with its subscribers."""

    def __init__(self, scope: Construct, construct_id: str, *, encryption_key: kms.IKey, emails: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", master_key=encryption_key, enforce_ssl=True)
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))


class AlarmTopic(FailureTopic):
    """A topic that alarms of this account may use.

    The topic has a policy of its own, so the one that lets everybody in the account publish does not stand; and the key must name CloudWatch too.
    """

    def __init__(self, scope: Construct, construct_id: str, *, encryption_key: kms.IKey, emails: Sequence[str]) -> None:
        super().__init__(scope, construct_id, encryption_key=encryption_key, emails=emails)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Alarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )


class UndeliveredQueue(Construct):
    """An encrypted queue for events that a rule could not deliver."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, encryption_key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=encryption_key,
            enforce_ssl=True,
            retention_period=Duration.days(UNDELIVERED_DAYS),
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(self.queue, "AwsSolutions-SQS3", "It is itself the dead-letter queue of the rules.")
