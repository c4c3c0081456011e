"""Which key encrypts a resource."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lake_constructs.validation.policies import Statement, matches, statements
from lake_constructs.validation.templates import Resource, StackTemplate, Templates

# type -> where it names its key
KEYS = {
    "AWS::DynamoDB::Table": "SSESpecification/KMSMasterKeyId",
    "AWS::Kinesis::Stream": "StreamEncryption/KeyId",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::S3::Bucket": "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/KMSMasterKeyID",
}


def inside(value: Any, path: str) -> Any:
    """Return what stands at a path of keys and positions; None where there is nothing."""
    for part in path.split("/"):
        if isinstance(value, list):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def key_of(templates: Templates, resource: Resource) -> Resource | None:
    """Return the key of these templates that encrypts a resource; None for AWS's own key, and for one from elsewhere."""
    return key_at(templates, resource.stack, inside(resource.properties, KEYS.get(resource.type, "-")))


def key_at(templates: Templates, stack: StackTemplate, value: Any) -> Resource | None:
    """Return the key that `value` names, by itself or by an alias."""
    for found in templates.targets(stack, value):
        if found.type == "AWS::KMS::Alias":
            return key_at(templates, found.stack, found.properties.get("TargetKeyId"))
        if found.type == "AWS::KMS::Key":
            return found
    return None


def policy_of(templates: Templates, key: Resource) -> list[Statement]:
    """Return the statements of a key's policy."""
    return list(statements(templates, key.stack, key.properties.get("KeyPolicy", {})))


def encrypted(templates: Templates, pattern: str, kind: str) -> Iterator[tuple[Resource, Resource]]:
    """Yield each resource of a type that a policy's resource pattern reaches, whole or in part, and its key."""
    for own, resource, key in _encrypted(templates):
        if resource.type == kind and (matches(own, pattern) or pattern.startswith(f"{own}/")):
            yield resource, key


@lru_cache(maxsize=8)
def _encrypted(templates: Templates) -> list[tuple[str, Resource, Resource]]:
    found = ((resource, key_of(templates, resource)) for resource in templates.resources(*KEYS))
    return [(templates.identity(resource), resource, key) for resource, key in found if key]
