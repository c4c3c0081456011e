"""S3: buckets with their encryption, lifecycle, access logs, ownership and tags."""

from typing import Any

from local_cloud.client import client
from local_cloud.cloudformation.resource import Properties, ResourceType, properties

ACTIONS_IN_DAYS = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")


def complete_bucket(name: str, new: Properties, old: Properties) -> None:
    """Put, or take away, what the template says of a bucket beyond its versions, notifications and public access."""
    s3 = client("s3")
    encryption = new.get("BucketEncryption")
    if encryption and _names_its_keys(encryption):
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=_encryption(encryption))
    elif "BucketEncryption" in old:
        s3.delete_bucket_encryption(Bucket=name)
    if lifecycle := new.get("LifecycleConfiguration"):
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [_rule(rule) for rule in lifecycle["Rules"]]})
    elif "LifecycleConfiguration" in old:
        s3.delete_bucket_lifecycle(Bucket=name)
    if "LoggingConfiguration" in new or "LoggingConfiguration" in old:
        s3.put_bucket_logging(Bucket=name, BucketLoggingStatus=_logging(name, new.get("LoggingConfiguration")))
    if ownership := new.get("OwnershipControls"):
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": ownership["Rules"]})
    if tags := new.get("Tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    elif "Tags" in old:
        s3.delete_bucket_tagging(Bucket=name)
    if new.get("VersioningConfiguration", {}).get("Status") == "Suspended":
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})


def delete_bucket(name: str, _: Properties) -> None:
    """Delete a bucket, which must be empty, as on AWS; ministack would delete it with all that is in it."""
    s3 = client("s3")
    try:
        s3.delete_bucket(Bucket=name)
    except s3.exceptions.NoSuchBucket:
        return  # deleted by hand: the stack has what it wants


def _names_its_keys(encryption: Properties) -> bool:
    """Tell whether no rule means the key that AWS manages for S3, which ministack does not have; the bootstrap bucket's does."""
    rules = [rule.get("ServerSideEncryptionByDefault", {}) for rule in encryption["ServerSideEncryptionConfiguration"]]
    return all(rule.get("SSEAlgorithm") == "AES256" or rule.get("KMSMasterKeyID") for rule in rules)


def _encryption(encryption: Properties) -> dict[str, Any]:
    names = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {
        "Rules": [
            {names.get(name, name): value for name, value in rule.items()} for rule in encryption["ServerSideEncryptionConfiguration"]
        ]
    }


def _rule(rule: Properties) -> dict[str, Any]:
    converted: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        converted["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        converted["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    elif "ExpiredObjectDeleteMarker" in rule:
        converted["Expiration"] = {"ExpiredObjectDeleteMarker": str(rule["ExpiredObjectDeleteMarker"]).lower() == "true"}
    for action in ACTIONS_IN_DAYS:
        if action in rule:
            converted[action] = {name: int(value) for name, value in rule[action].items()}
    if "Transitions" in rule:
        converted["Transitions"] = [
            {"Days": int(transition["TransitionInDays"]), "StorageClass": transition["StorageClass"]} for transition in rule["Transitions"]
        ]
    return converted


def _logging(name: str, logging: Properties | None) -> dict[str, Any]:
    if not logging:
        return {}
    target = logging.get("DestinationBucketName", name)
    return {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": logging.get("LogFilePrefix", "")}}


TYPES = (
    ResourceType(
        "AWS::S3::Bucket",
        properties(
            "AccessControl BucketName BucketEncryption LifecycleConfiguration LoggingConfiguration NotificationConfiguration",
            "OwnershipControls PublicAccessBlockConfiguration Tags VersioningConfiguration",
        ),
        complete=complete_bucket,
        delete=delete_bucket,
    ),
    ResourceType("AWS::S3::BucketPolicy", properties("Bucket PolicyDocument")),
)
