"""Whoever reads or writes what is encrypted needs the key as well: services by the key's policy, roles by their own."""

from collections.abc import Iterator, Mapping

from lake_constructs.validation.deliveries import deliveries
from lake_constructs.validation.keys import encrypted, inside, key_at, key_of, policy_of
from lake_constructs.validation.policies import of_role, role_allows, service_allowed
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

READ, WRITE = "kms:Decrypt", "kms:GenerateDataKey"
JOB_LOGS = "/aws-glue/jobs"  # where a job logs that names no prefix
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
LOGS = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey")
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html and its likes for the other services
ITEMS = ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
NEEDED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AWS::S3::Bucket": {"s3:GetObject": (READ,), "s3:GetObjectVersion": (READ,), "s3:PutObject": (WRITE,)},
    "AWS::DynamoDB::Table": {f"dynamodb:{action}": (READ,) for action in ITEMS},
    "AWS::SNS::Topic": {"sns:Publish": (READ, WRITE)},
    "AWS::SQS::Queue": {"sqs:SendMessage": (READ, WRITE), "sqs:ReceiveMessage": (READ,)},
    "AWS::Kinesis::Stream": {"kinesis:PutRecord": (WRITE,), "kinesis:PutRecords": (WRITE,), "kinesis:GetRecords": (READ,)},
}


@rule("AWS::Logs::LogGroup", mend="let logs.REGION.amazonaws.com use the key for log groups of this account, in the key's own policy")
def key_lets_logs_encrypt(templates: Templates, group: Resource) -> Iterator[str]:
    """CloudWatch Logs uses a key in its own name: CreateLogGroup fails with `The specified KMS key ... is not allowed`."""
    key = key_of(templates, group)
    if key:
        yield from _logs_may_not(templates, key, group, templates.identity(group).removesuffix(":*"))


@rule("AWS::Glue::SecurityConfiguration", mend="let logs.REGION.amazonaws.com use the key for log groups of this account")
def key_lets_logs_of_jobs_encrypt(templates: Templates, configuration: Resource) -> Iterator[str]:
    """The log groups of Glue's jobs take the key of the security configuration; a job fails when it starts to log."""
    stack = configuration.stack
    key = key_at(templates, stack, inside(configuration.properties, "EncryptionConfiguration/CloudWatchEncryption/KmsKeyArn"))
    if key:
        group = f"arn:aws:logs:{stack.region}:{stack.account}:log-group:{JOB_LOGS}/x"
        yield from _logs_may_not(templates, key, configuration, group)


def _logs_may_not(templates: Templates, key: Resource, user: Resource, group: str) -> Iterator[str]:
    service, context = f"logs.{user.stack.region}.amazonaws.com", {"kms:EncryptionContext:aws:logs:arn": group}
    held, own = policy_of(templates, key), templates.identity(key)
    lost = [action for action in LOGS if not service_allowed(held, service, action, own, context)]
    if lost:
        yield f"the policy of its key {key} does not let {service} call {', '.join(lost)} for {group}"


@rule(
    "AWS::Events::Rule",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::SNS::Subscription",
    "AWS::S3::Bucket",
    mend="let the service use the key, under a condition on aws:SourceAccount, in the key's own policy",
)
def key_lets_services_deliver(templates: Templates, source: Resource) -> Iterator[str]:
    """A service that may not use the key of a queue, topic or bucket loses what it should bring there, and says so nowhere."""
    for delivery in deliveries(templates, source):
        key = key_of(templates, delivery.destination)
        if key:
            context = {"aws:SourceAccount": source.stack.account, "aws:SourceArn": templates.identity(source)}
            held, own = policy_of(templates, key), templates.identity(key)
            lost = [action for action in (READ, WRITE) if not service_allowed(held, delivery.service, action, own, context)]
            if lost:
                yield f"{delivery.service} may not call {', '.join(lost)} with {key}, the key of {delivery.destination}"


@rule("AWS::IAM::Role", mend="allow it on the key's ARN in the role's policy")
def role_may_use_the_keys(templates: Templates, role: Resource) -> Iterator[str]:
    """A role that reads or writes what is encrypted needs the key's actions beside the resource's."""
    held, lost = of_role(templates, role), set()
    for kind, actions in NEEDED.items():
        for statement in (statement for statement in held if statement.allows):
            wanted = {need for action, needs in actions.items() if statement.speaks_of(action) for need in needs}
            for resource, key in (found for pattern in statement.resources if wanted for found in encrypted(templates, pattern, kind)):
                own = templates.identity(key)
                lost |= {(need, str(resource), str(key)) for need in wanted if not role_allows(held, need, own)}
    yield from (f"it may use {used}, but not {need} on {key}, the key of it" for need, used, key in sorted(lost))


@rule("AWS::Glue::Job", mend="allow it in the policy of the job's role")
def job_may_encrypt_its_log_and_bookmark(templates: Templates, job: Resource) -> Iterator[str]:
    """A security configuration makes Glue encrypt with the job's own role.

    https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html
    """
    role = templates.target(job.stack, job.properties.get("Role"))
    chosen = templates.text(job.stack, job.properties.get("SecurityConfiguration"))
    for configuration in templates.resources("AWS::Glue::SecurityConfiguration") if role else []:
        if templates.identity(configuration, None) == chosen:
            held, encryption = of_role(templates, role), configuration.properties["EncryptionConfiguration"]
            prefix = templates.text(job.stack, job.properties.get("DefaultArguments", {}).get("--custom-logGroup-prefix", JOB_LOGS))
            group = f"arn:aws:logs:{job.stack.region}:{job.stack.account}:log-group:{prefix}/x"
            if "CloudWatchEncryption" in encryption and not role_allows(held, "logs:AssociateKmsKey", group):
                yield f"its role {role} may not call logs:AssociateKmsKey on {prefix}/*, whose groups {configuration} encrypts"
            key = key_at(templates, configuration.stack, inside(encryption, "JobBookmarksEncryption/KmsKeyArn"))
            for action in ("kms:Encrypt", READ):
                if key and not role_allows(held, action, templates.identity(key)):
                    yield f"its role {role} may not call {action} on {key}, with which {configuration} encrypts bookmarks"
