"""A queue, topic or bucket has to let in the service that brings something; a bucket has to send what a rule waits for."""

from collections.abc import Iterator

from lake_constructs.validation.deliveries import Delivery, deliveries
from lake_constructs.validation.keys import inside
from lake_constructs.validation.policies import many, service_allowed, statements
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

# protocol of a subscription -> how its endpoint starts; https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
ENDPOINTS = {
    "application": "arn:",
    "email": "",
    "email-json": "",
    "firehose": "arn:",
    "http": "http://",
    "https": "https://",
    "lambda": "arn:",
    "sms": "+",
    "sqs": "arn:",
}
# type -> the type of its policy, and where that names it
RESOURCE_POLICIES = {
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket"),
}


@rule(
    "AWS::Events::Rule",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::SNS::Subscription",
    "AWS::S3::Bucket",
    mend="allow the service in the policy of what it delivers to, for this source",
)
def destination_lets_services_deliver(templates: Templates, source: Resource) -> Iterator[str]:
    """A topic without a policy lets its account in; with one of its own, as CDK's `enforce_ssl` makes, it no longer does."""
    for delivery in deliveries(templates, source):
        kind, naming = RESOURCE_POLICIES[delivery.destination.type]
        policies = [p for p in templates.resources(kind) if delivery.destination in templates.targets(p.stack, p.properties.get(naming))]
        is_open = delivery.destination.type == "AWS::SNS::Topic" and not policies
        if not is_open and not any(_lets_in(templates, policy, delivery) for policy in policies):
            yield f"{delivery.destination} does not let {delivery.service} call {delivery.action} for it"


def _lets_in(templates: Templates, policy: Resource, delivery: Delivery) -> bool:
    held = list(statements(templates, policy.stack, policy.properties["PolicyDocument"]))
    source = templates.identity(delivery.source)
    # a subscription delivers in its topic's name
    topic = templates.target(delivery.source.stack, delivery.source.properties.get("TopicArn"))
    context = {"aws:SourceAccount": policy.stack.account, "aws:SourceArn": templates.identity(topic) if topic else source}
    if delivery.service == "cloudwatch.amazonaws.com":
        context.pop("aws:SourceArn")  # an alarm's ARN holds its name, which CloudFormation may choose
    return service_allowed(held, delivery.service, delivery.action, templates.identity(delivery.destination) + delivery.part, context)


@rule("AWS::Events::Rule", mend="switch on EventBridgeConfiguration in the bucket's notifications, or name the bucket that sends them")
def bucket_sends_its_events(templates: Templates, waiting: Resource) -> Iterator[str]:
    """A bucket sends nothing to EventBridge until it is told to."""
    pattern = waiting.properties.get("EventPattern", {})
    for name in many(inside(pattern, "detail/bucket/name")) if "aws.s3" in many(pattern.get("source")) else []:
        for bucket in templates.targets(waiting.stack, name):
            if inside(bucket.properties, "NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled") is not True:
                yield f"it waits for objects of {bucket}, which sends no events to EventBridge"


@rule("AWS::SNS::Subscription", mend="write the endpoint as its protocol wants it")
def subscription_can_be_delivered(templates: Templates, subscription: Resource) -> Iterator[str]:
    """SNS refuses an endpoint that does not fit its protocol, at the deploy; the protocol is any text to CloudFormation."""
    protocol = templates.text(subscription.stack, subscription.properties.get("Protocol", ""))
    endpoint = templates.text(subscription.stack, subscription.properties.get("Endpoint", ""))
    if protocol not in ENDPOINTS:
        yield f"its Protocol is {protocol!r}; it may be {', '.join(ENDPOINTS)}"
    elif not endpoint.startswith(ENDPOINTS[protocol]) or (protocol.startswith("email") and "@" not in endpoint):
        yield f"its Endpoint is {endpoint!r}, to which {protocol} does not deliver"
