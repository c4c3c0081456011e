"""What AWS services bring to queues, topics and buckets in their own name, under no role."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lake_constructs.validation.policies import many
from lake_constructs.validation.templates import Resource, Templates

ACTIONS = {"AWS::SQS::Queue": "sqs:SendMessage", "AWS::SNS::Topic": "sns:Publish", "AWS::S3::Bucket": "s3:PutObject"}


@dataclass(frozen=True)
class Delivery:
    """A service brings something to a resource.

    Attributes:
        source: the resource for which it does.
        service: its principal.
        part: of the destination, behind its ARN, as the prefix of a bucket.
    """

    source: Resource
    service: str
    destination: Resource
    part: str = ""

    @property
    def action(self) -> str:
        """What the service does at the destination."""
        return ACTIONS[self.destination.type]


def deliveries(templates: Templates, source: Resource) -> Iterator[Delivery]:
    """Yield what is delivered for `source`."""
    for service, value, part in _named(source):
        for destination in templates.targets(source.stack, value):
            if destination.type in ACTIONS:
                yield Delivery(source, service, destination, part)


def _named(source: Resource) -> Iterator[tuple[str, Any, str]]:
    properties = source.properties
    match source.type:
        case "AWS::Events::Rule":
            for target in properties.get("Targets", []):
                yield "events.amazonaws.com", [target.get("Arn"), target.get("DeadLetterConfig")], ""
        case "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm":
            for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
                yield "cloudwatch.amazonaws.com", many(properties.get(name)), ""
        case "AWS::SNS::Subscription":
            yield "sns.amazonaws.com", [properties.get("Endpoint"), properties.get("RedrivePolicy")], ""
        case "AWS::S3::Bucket":
            logging = properties.get("LoggingConfiguration", {})
            yield "logging.s3.amazonaws.com", logging.get("DestinationBucketName"), f"/{logging.get('LogFilePrefix', '')}object"
            notified = properties.get("NotificationConfiguration", {})
            wanted = [notified.get(name, []) for name in ("QueueConfigurations", "TopicConfigurations")]
            yield "s3.amazonaws.com", wanted, ""
