"""What a reference to a resource gives, written so that ARNs can be compared with the patterns of policies."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # templates.py imports this file
    from lake_constructs.validation.templates import Resource, StackTemplate

# type -> the property that holds its physical name
NAMES = {
    "AWS::Athena::WorkGroup": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Glue::Crawler": "Name",
    "AWS::Glue::Database": "DatabaseInput.Name",
    "AWS::Glue::Job": "Name",
    "AWS::Glue::SecurityConfiguration": "Name",
    "AWS::Glue::Trigger": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::RedshiftServerless::Namespace": "NamespaceName",
    "AWS::RedshiftServerless::Workgroup": "WorkgroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
# type -> its ARN behind `arn:aws:`; https://docs.aws.amazon.com/service-authorization/latest/reference/
FORMS = {
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::Kinesis::Stream": "kinesis:{region}:{account}:stream/{name}",
    "AWS::KinesisFirehose::DeliveryStream": "firehose:{region}:{account}:deliverystream/{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{name}",
}
REF_IS_ARN = ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine")
ARN_ATTRIBUTES = ("Arn", "TopicArn")


def physical_name(resource: "Resource") -> Any:
    """Return the physical name as the template sets it; None where CloudFormation chooses one."""
    value: Any = resource.properties
    for part in NAMES.get(resource.type, "").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def arn(resource: "Resource", attribute: str | None, text: Callable[["StackTemplate", Any], str]) -> str:
    """Return an attribute of a resource as text; None means what a Ref gives. An unknown name is written as `<stack.logical id>`."""
    stack, name = resource.stack, physical_name(resource)
    known = text(stack, name) if name is not None else f"<{stack.name}.{resource.logical_id}>"
    form = FORMS.get(resource.type)
    if form and (attribute in ARN_ATTRIBUTES or (attribute is None and resource.type in REF_IS_ARN)):
        return "arn:aws:" + form.format(region=stack.region, account=stack.account, name=known)
    return known if attribute is None else f"{known}.{attribute}"
