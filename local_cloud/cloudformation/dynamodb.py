"""DynamoDB: tables with encryption, point-in-time recovery and time to live."""

from local_cloud.client import client
from local_cloud.cloudformation.resource import Properties, ResourceType, properties


def complete_table(name: str, new: Properties, old: Properties) -> None:
    """Put what the template says of a table beyond its keys, indexes and billing."""
    dynamodb = client("dynamodb")
    recovery = _enabled(new.get("PointInTimeRecoverySpecification"), "PointInTimeRecoveryEnabled")
    if recovery or "PointInTimeRecoverySpecification" in old:
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovery})
    _expire(name, new.get("TimeToLiveSpecification"), old.get("TimeToLiveSpecification"))
    encryption = new.get("SSESpecification")
    if encryption and not old:  # ministack's own update knows it
        known = {key: encryption[key] for key in ("SSEType", "KMSMasterKeyId") if key in encryption}
        dynamodb.update_table(TableName=name, SSESpecification={"Enabled": _enabled(encryption, "SSEEnabled"), **known})


def _expire(name: str, new: Properties | None, old: Properties | None) -> None:
    dynamodb = client("dynamodb")
    if old and new != old:
        off = {"Enabled": False, "AttributeName": old["AttributeName"]}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=off)
    if new and new != old:
        on = {"Enabled": _enabled(new, "Enabled"), "AttributeName": new["AttributeName"]}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=on)


def _enabled(specification: Properties | None, name: str) -> bool:
    return str((specification or {}).get(name, "false")).lower() == "true"


TYPES = (
    ResourceType(
        "AWS::DynamoDB::Table",
        properties(
            "AttributeDefinitions BillingMode DeletionProtectionEnabled GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes",
            "PointInTimeRecoverySpecification ProvisionedThroughput SSESpecification StreamSpecification TableName Tags",
            "TimeToLiveSpecification",
        ),
        complete=complete_table,
    ),
)
