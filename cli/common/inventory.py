"""Whether a resource that CloudFormation made is there, asked of the service that has it, type by type.

CloudFormation says what it believes; what is left after a teardown, and what stands in the way of a deploy, only the services know.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cli.common.session import Lake

Answer = Mapping[str, Any]
ALARMS = {"AWS::CloudWatch::Alarm": "MetricAlarms", "AWS::CloudWatch::CompositeAlarm": "CompositeAlarms"}  # and where an answer has them
MOST_ALARMS = 100  # in one question: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
BUDGET, WORKGROUP = "AWS::Budgets::Budget", "AWS::Athena::WorkGroup"

NOT_FOUND = (
    "404",
    "EntityNotFoundException",
    "NoSuchBucket",
    "NoSuchEntity",
    "QueueDoesNotExist",
    "ResourceNotFound",
    "StateMachineDoesNotExist",
)


@dataclass(frozen=True)
class Look:
    """How a service is asked for one resource of a type.

    Attributes:
        service, operation: as boto3 names them.
        argument: what gets the physical id; `argument[]` gets a list of it alone.
        found: tells from the answer whether it is there, for services that answer where it is not.
    """

    service: str
    operation: str
    argument: str
    found: Callable[[Answer], bool] = lambda answer: True


def _any(member: str, *gone: str) -> Callable[[Answer], bool]:
    """Return what tells whether a list in an answer has a member in none of the states that are as good as gone."""
    return lambda answer: any(one.get("State") not in gone for one in answer[member])


LOOKS: dict[str, Look] = {
    "AWS::Athena::WorkGroup": Look("athena", "get_work_group", "WorkGroup"),
    "AWS::CloudWatch::Alarm": Look("cloudwatch", "describe_alarms", "AlarmNames[]", lambda answer: bool(answer["MetricAlarms"])),
    "AWS::CloudWatch::Dashboard": Look("cloudwatch", "get_dashboard", "DashboardName"),
    "AWS::DynamoDB::Table": Look("dynamodb", "describe_table", "TableName"),
    "AWS::EC2::FlowLog": Look("ec2", "describe_flow_logs", "FlowLogIds[]", _any("FlowLogs")),
    "AWS::EC2::RouteTable": Look("ec2", "describe_route_tables", "RouteTableIds[]", _any("RouteTables")),
    "AWS::EC2::SecurityGroup": Look("ec2", "describe_security_groups", "GroupIds[]", _any("SecurityGroups")),
    "AWS::EC2::Subnet": Look("ec2", "describe_subnets", "SubnetIds[]", _any("Subnets")),
    "AWS::EC2::VPC": Look("ec2", "describe_vpcs", "VpcIds[]", _any("Vpcs")),
    "AWS::EC2::VPCEndpoint": Look("ec2", "describe_vpc_endpoints", "VpcEndpointIds[]", _any("VpcEndpoints", "deleted", "Deleted")),
    "AWS::Events::Rule": Look("events", "describe_rule", "Name"),
    "AWS::Glue::Classifier": Look("glue", "get_classifier", "Name"),
    "AWS::Glue::Crawler": Look("glue", "get_crawler", "Name"),
    "AWS::Glue::Database": Look("glue", "get_database", "Name"),
    "AWS::Glue::Job": Look("glue", "get_job", "JobName"),
    "AWS::Glue::SecurityConfiguration": Look("glue", "get_security_configuration", "Name"),
    "AWS::IAM::ManagedPolicy": Look("iam", "get_policy", "PolicyArn"),
    "AWS::IAM::Role": Look("iam", "get_role", "RoleName"),
    "AWS::KMS::Key": Look("kms", "describe_key", "KeyId", lambda answer: answer["KeyMetadata"]["KeyState"] != "PendingDeletion"),
    "AWS::Kinesis::Stream": Look("kinesis", "describe_stream_summary", "StreamName"),
    "AWS::Kinesis::StreamConsumer": Look("kinesis", "describe_stream_consumer", "ConsumerARN"),
    "AWS::KinesisFirehose::DeliveryStream": Look("firehose", "describe_delivery_stream", "DeliveryStreamName"),
    "AWS::Lambda::Function": Look("lambda", "get_function", "FunctionName"),
    "AWS::Logs::LogGroup": Look("logs", "describe_log_groups", "logGroupNamePrefix"),  # its answer is narrowed by the name in exists
    "AWS::RedshiftServerless::Namespace": Look("redshift-serverless", "get_namespace", "namespaceName"),
    "AWS::RedshiftServerless::Workgroup": Look("redshift-serverless", "get_workgroup", "workgroupName"),
    "AWS::S3::Bucket": Look("s3", "head_bucket", "Bucket"),
    "AWS::SNS::Topic": Look("sns", "get_topic_attributes", "TopicArn"),
    "AWS::SQS::Queue": Look("sqs", "get_queue_attributes", "QueueUrl"),
    "AWS::SSM::Parameter": Look("ssm", "get_parameter", "Name"),
    "AWS::Scheduler::Schedule": Look("scheduler", "get_schedule", "Name"),
    "AWS::SecretsManager::Secret": Look("secretsmanager", "describe_secret", "SecretId", lambda answer: "DeletedDate" not in answer),
    "AWS::StepFunctions::StateMachine": Look("stepfunctions", "describe_state_machine", "stateMachineArn"),
}
LOOKS["AWS::CloudWatch::CompositeAlarm"] = Look(
    "cloudwatch", "describe_alarms", "AlarmNames[]", lambda answer: bool(answer["CompositeAlarms"])
)

GOES_WITH: dict[str, str] = {
    "AWS::CDK::Metadata": "a note in the template",
    "AWS::EC2::SubnetRouteTableAssociation": "its route table",
    "AWS::Glue::Table": "its database",
    "AWS::IAM::Policy": "its role",
    "AWS::Lambda::EventInvokeConfig": "its function",
    "AWS::Lambda::Permission": "its function",
    "AWS::Logs::LogStream": "its log group",
    "AWS::Logs::MetricFilter": "its log group",
    "AWS::S3::BucketPolicy": "its bucket",
    "AWS::SNS::Subscription": "its topic",
    "AWS::SNS::TopicPolicy": "its topic",
    "AWS::SQS::QueuePolicy": "its queue",
    "Custom::LakeMigrations": "the namespace that holds what it made",
    "Custom::LakeUsageLimit": "its workgroup",
}
"""Types that are part of another resource and cannot outlast it."""


def is_known(kind: str) -> bool:
    """Return whether it can be told that a resource of a type is gone."""
    return kind in LOOKS or kind in GOES_WITH or kind == BUDGET


def exists(lake: Lake, kind: str, identifier: str) -> bool:
    """Return whether a service has a resource of a type of `LOOKS`.

    Args:
        identifier: its physical id.

    Raises:
        ClientError: the service did not say.
    """
    try:
        if kind == BUDGET:
            return bool(lake.service("budgets").describe_budget(AccountId=lake.settings.account, BudgetName=identifier))
        look = LOOKS[kind]
        name = look.argument.removesuffix("[]")
        answer: Answer = getattr(lake.service(look.service), look.operation)(
            **{name: [identifier] if name != look.argument else identifier, **EXTRA.get(kind, {})}
        )
    except ClientError as error:
        # Athena has no word of its own for it
        if absent(error) or (kind == WORKGROUP and error.response["Error"]["Code"] == "InvalidRequestException"):
            return False
        raise
    if kind == "AWS::Logs::LogGroup":
        return any(group.get("logGroupName") == identifier for group in answer["logGroups"])
    return look.found(answer)


def has_queue(lake: Lake, name: str) -> bool:
    """Return whether there is a queue of a name; its physical id, an address, is known only of one that is there.

    Raises:
        ClientError: SQS did not say.
    """
    try:
        lake.sqs.get_queue_url(QueueName=name)
    except ClientError as error:
        if absent(error):
            return False
        raise
    return True


def alarms(lake: Lake, kind: str, names: Sequence[str]) -> list[str]:
    """Return those of some names that alarms of a type have.

    Args:
        kind: one of `ALARMS`.

    Raises:
        ClientError: CloudWatch did not say.
    """
    found: set[str] = set()
    for first in range(0, len(names), MOST_ALARMS):
        chunk = list(names[first : first + MOST_ALARMS])
        answer: Answer = lake.cloudwatch.describe_alarms(AlarmNames=chunk, MaxRecords=MOST_ALARMS, **EXTRA[kind])
        found |= {alarm["AlarmName"] for alarm in answer[ALARMS[kind]]}
    return [name for name in names if name in found]


def absent(error: ClientError) -> bool:
    """Return whether a service refused since it has no such thing."""
    code = error.response["Error"]["Code"]
    return "NotFound" in code or "NonExistent" in code or code in NOT_FOUND


EXTRA: dict[str, dict[str, Any]] = {
    "AWS::CloudWatch::Alarm": {"AlarmTypes": ["MetricAlarm"]},
    "AWS::CloudWatch::CompositeAlarm": {"AlarmTypes": ["CompositeAlarm"]},
}
