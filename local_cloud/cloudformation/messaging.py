"""Events, queues, topics, logs and state machines."""

from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.client import client
from local_cloud.cloudformation.resource import Properties, ResourceType, properties
from local_cloud.events.delivery import TARGETS
from local_cloud.replace import borrow
from local_cloud.shapes import parameters

TOPIC_ATTRIBUTES = ("KmsMasterKeyId", "SignatureVersion", "TracingConfig")
MACHINE_SETTINGS = {"LoggingConfiguration": "loggingConfiguration", "TracingConfiguration": "tracingConfiguration"}

_machines: dict[str, Any] = borrow(
    "ministack.services.stepfunctions", "_state_machines", AccountRegionScopedDict, "keep all properties of a machine"
)


def complete_topic(arn: str, new: Properties, old: Properties) -> None:
    """Put a topic's key, signature version and tracing, or take them away."""
    for name in TOPIC_ATTRIBUTES:
        if name in new or name in old:
            client("sns").set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=str(new.get(name, "")))


def check_targets(name: str, new: Properties, _: Properties) -> None:
    """Refuse targets that are not in the local cloud; ministack's own check is in PutTargets, which its template handler does not call."""
    others = [target["Arn"] for target in new.get("Targets", []) if target["Arn"].split(":")[2] not in TARGETS]
    if others:
        raise ValueError(f"targets of rule {name} are not in the local cloud: {', '.join(others)}; it has {', '.join(sorted(TARGETS))}")


def complete_state_machine(arn: str, new: Properties, _: Properties) -> None:
    """Keep a machine's logging as the API shows it, where ministack keeps the template's spelling, and its tracing, which it drops."""
    given = {MACHINE_SETTINGS[name]: new[name] for name in MACHINE_SETTINGS if name in new}
    _machines[arn].update(parameters("stepfunctions", "UpdateStateMachine", given))


TYPES = (
    ResourceType(
        "AWS::Events::Rule",
        properties("Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags Targets"),
        complete=check_targets,
    ),
    ResourceType(
        "AWS::SQS::Queue",
        properties(
            "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit KmsDataKeyReusePeriodSeconds",
            "KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod QueueName ReceiveMessageWaitTimeSeconds RedriveAllowPolicy",
            "RedrivePolicy SqsManagedSseEnabled Tags VisibilityTimeout",
        ),
    ),
    ResourceType("AWS::SQS::QueuePolicy", properties("PolicyDocument Queues")),
    ResourceType(
        "AWS::SNS::Topic",
        properties("DisplayName KmsMasterKeyId SignatureVersion Subscription Tags TopicName TracingConfig"),
        complete=complete_topic,
    ),
    ResourceType("AWS::SNS::TopicPolicy", properties("PolicyDocument Topics")),
    ResourceType(
        "AWS::SNS::Subscription",
        properties("DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery RedrivePolicy TopicArn"),
    ),
    ResourceType("AWS::Logs::LogGroup", properties("KmsKeyId LogGroupClass LogGroupName ResourcePolicyDocument RetentionInDays Tags")),
    ResourceType("AWS::Logs::ResourcePolicy", properties("PolicyDocument PolicyName")),
    ResourceType(
        "AWS::StepFunctions::StateMachine",
        properties(
            "Definition DefinitionS3Location DefinitionString DefinitionSubstitutions EncryptionConfiguration LoggingConfiguration RoleArn",
            "StateMachineName StateMachineType Tags TracingConfiguration",
        ),
        complete=complete_state_machine,
    ),
)
