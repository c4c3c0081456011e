"""Whoever uses something that is encrypted with a customer's key needs that key too.

ministack does not ask for it. Sources of the rules: "Using server-side encryption with AWS KMS keys" in the S3 user guide, "DynamoDB encryption
at rest usage notes", and the pages on key management in the guides of SQS, SNS and Kinesis Data Streams.
"""

from collections.abc import Iterator
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.authorization.check import Check
from local_cloud.environment import ACCOUNT, REGION
from local_cloud.replace import borrow

READ = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey",)
BOTH = (*READ, *WRITE)

KEY_ACTIONS: dict[str, tuple[str, ...]] = {
    "kinesis:GetRecords": READ,
    "kinesis:PutRecord": WRITE,
    "kinesis:PutRecords": WRITE,
    "kinesis:SubscribeToShard": READ,
    "s3:GetObject": READ,
    "s3:GetObjectVersion": READ,
    "s3:PutObject": WRITE,
    "secretsmanager:GetSecretValue": READ,
    "sns:Publish": BOTH,
    "sqs:ReceiveMessage": READ,
    "sqs:SendMessage": BOTH,
    **{
        f"dynamodb:{action}": READ
        for action in ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
    },
}

_bucket = borrow("ministack.services.s3", "_bucket_default_sse_headers", ("bucket_name",), "know the key of a bucket")
_tables = borrow("ministack.services.dynamodb", "_tables", AccountRegionScopedDict, "know the keys and the encryption of tables")
_queue = borrow("ministack.services.sqs", "_queue_by_arn", ("arn",), "know the key of a queue")
_topic = borrow("ministack.services.sns", "_topic_by_arn_any_scope", ("topic_arn",), "know the key of a topic")
_streams = borrow("ministack.services.kinesis", "_streams", AccountRegionScopedDict, "know the key of a stream")
_secret = borrow("ministack.services.secretsmanager", "_resolve", ("secret_id", "use_arn_scope"), "know the key of a secret")
_key = borrow("ministack.services.kms", "_resolve_key", ("key_id_or_arn",), "know the key behind an alias")
_evaluate = borrow(
    "ministack.core.iam_evaluator",
    "evaluate_resource_policy",
    ("doc", "ctx", "service", "named_only", "direct_only"),
    "evaluate policies for services",
)
_Context = borrow("ministack.core.iam_evaluator", "EvalContext", type, "evaluate policies for services")


def further_checks(service: str, action: str, resource_arn: str) -> Iterator[Check]:
    """Yield what AWS checks besides the resource: the use of the customer's key that it is encrypted with, if it is."""
    key = customer_key(service, resource_arn) if action in KEY_ACTIONS else None
    if key:
        for key_action in KEY_ACTIONS[action]:
            yield Check("kms", key_action, key)


def service_lacks_key(principal: str, action: str, resource_arn: str) -> str | None:
    """Return the ARN of the customer's key of a resource if its policy does not let a service use it for an action; else None."""
    service = resource_arn.split(":")[2]
    key = customer_key(service, resource_arn)
    record = _key(key) if key else None
    if not record:
        return None
    source = {"aws:sourceaccount": ACCOUNT}
    contexts = [_Context(principal, "Service", ACCOUNT, wanted, key, REGION, service_context=source) for wanted in KEY_ACTIONS[action]]
    allowed = all(_evaluate(record.get("Policy") or "", context, principal).decision == "Allow" for context in contexts)
    return None if allowed else key


def customer_key(service: str, resource_arn: str) -> str | None:
    """Return the ARN of the customer's key of a bucket, table, stream, queue, topic or secret; None where it has none."""
    name = _declared_key(service, resource_arn)
    if not name or "alias/aws/" in name:
        return None
    record = _key(name)
    found: str = record["Arn"] if record else name
    return found


def _declared_key(service: str, arn: str) -> str | None:
    declared: Any = None
    match service:
        case "s3":
            declared = _bucket(arn.removeprefix("arn:aws:s3:::").partition("/")[0]).get("x-amz-server-side-encryption-aws-kms-key-id")
        case "dynamodb":
            table = _tables.get(arn.partition(":table/")[2].partition("/")[0]) or {}
            declared = (table.get("SSEDescription") or {}).get("KMSMasterKeyArn")
        case "kinesis":
            # of a consumer, that of its stream
            declared = (_streams.get(arn.partition(":stream/")[2].partition("/")[0]) or {}).get("KeyId")
        case "sqs":
            declared = ((_queue(arn) or {}).get("attributes") or {}).get("KmsMasterKeyId")
        case "secretsmanager":
            declared = (_secret(arn)[1] or {}).get("KmsKeyId")
        case "sns":
            declared = ((_topic(arn) or {}).get("attributes") or {}).get("KmsMasterKeyId")
    return declared or None
