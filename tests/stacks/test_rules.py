"""Rules over every template; each says how many resources it looked at, and is shown a resource that breaks it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.stacks.synthesis import ROOT, Assembly, Resource


def bucket_is_encrypted_and_closed(properties: dict[str, Any]) -> bool:
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    algorithm = rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
    is_log_target = "LoggingConfiguration" not in properties
    return (
        all(properties["PublicAccessBlockConfiguration"].values())
        and (algorithm == "aws:kms" and rule["BucketKeyEnabled"] is True if not is_log_target else algorithm == "AES256")
        and properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    )


def bucket_expires_what_is_left_over(properties: dict[str, Any]) -> bool:
    rules = properties["LifecycleConfiguration"]["Rules"]
    aborts = any("AbortIncompleteMultipartUpload" in rule for rule in rules)
    versioned = properties.get("VersioningConfiguration", {}).get("Status") == "Enabled"
    return aborts and versioned == any("NoncurrentVersionExpiration" in rule for rule in rules)


def policy_refuses_plain_http(properties: dict[str, Any]) -> bool:
    return any(
        statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in properties["PolicyDocument"]["Statement"]
    )


def key_rotates(properties: dict[str, Any]) -> bool:
    return properties.get("EnableKeyRotation") is True


def table_is_recoverable_and_encrypted(properties: dict[str, Any]) -> bool:
    recovery = properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    return bool(recovery and properties["SSESpecification"]["SSEType"] == "KMS" and properties["DeletionProtectionEnabled"])


def job_is_bounded_and_alone(properties: dict[str, Any]) -> bool:
    return (
        properties["GlueVersion"] == "5.1"
        and properties["Command"]["Name"] == "glueetl"
        and properties["MaxRetries"] == 0
        and properties["JobRunQueuingEnabled"] is True
        and properties["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
        and 0 < properties["Timeout"] <= 24 * 60
        and properties["DefaultArguments"]["--enable-auto-scaling"] == "true"
        and "SecurityConfiguration" in properties
    )


def log_group_is_encrypted_and_ends(properties: dict[str, Any]) -> bool:
    return "KmsKeyId" in properties and "RetentionInDays" in properties


def machine_is_logged_and_traced(properties: dict[str, Any]) -> bool:
    return bool(properties["LoggingConfiguration"]["Level"] == "ALL" and properties["TracingConfiguration"]["Enabled"])


def queue_and_topic_are_encrypted(properties: dict[str, Any]) -> bool:
    return "KmsMasterKeyId" in properties


def rule_loses_no_event(properties: dict[str, Any]) -> bool:
    """A topic lets the rule in by its own policy; any other target wants a role."""
    targets = properties["Targets"]
    return all("DeadLetterConfig" in target and ("RoleArn" in target or "Topic" in str(target["Arn"])) for target in targets)


def schedule_starts_under_a_role_and_ends_trying(properties: dict[str, Any]) -> bool:
    target = properties["Target"]
    return "RoleArn" in target and target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 24 * 60 * 60


def alarm_is_named_and_decides_about_missing_data(properties: dict[str, Any]) -> bool:
    # the metric of a filter on a log has none, but the name of the part that writes there
    has_dimensions = bool(properties.get("Dimensions")) or properties["Namespace"] == "Lake/LogErrors"
    return "AlarmName" in properties and "TreatMissingData" in properties and has_dimensions


def workgroup_cuts_off_and_is_enforced(properties: dict[str, Any]) -> bool:
    configuration = properties["WorkGroupConfiguration"]
    encryption = configuration["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"]
    return (
        configuration["BytesScannedCutoffPerQuery"] > 0
        and configuration["EnforceWorkGroupConfiguration"] is True
        and encryption == "SSE_KMS"
    )


def stream_is_encrypted_and_kept_for_days(properties: dict[str, Any]) -> bool:
    return bool(properties["StreamEncryption"]["EncryptionType"] == "KMS" and properties["RetentionPeriodHours"] >= 72)


def declared_table_has_columns(properties: dict[str, Any]) -> bool:
    columns = properties["TableInput"]["StorageDescriptor"]["Columns"]
    return bool(columns) and all(column["Name"] and column["Type"] for column in columns)


def function_is_bounded_and_logged(properties: dict[str, Any]) -> bool:
    return "LogGroup" in properties["LoggingConfig"] and 0 < properties["Timeout"] <= 900


def delivery_makes_files_worth_reading_and_keeps_errors(properties: dict[str, Any]) -> bool:
    target = properties["ExtendedS3DestinationConfiguration"]
    return bool(
        target["BufferingHints"]["SizeInMBs"] >= 64
        and target["Prefix"] == "!{partitionKeyFromLambda:dataset}/stream/ingest_date=!{partitionKeyFromLambda:ingest_date}/"
        and target["ErrorOutputPrefix"].startswith("_errors/")
        and target["CloudWatchLoggingOptions"]["Enabled"]
    )


RULES: list[tuple[str, int, Callable[[dict[str, Any]], bool], str]] = [
    # type, least number in prod, rule, a property whose loss breaks it
    ("AWS::S3::Bucket", 5, bucket_is_encrypted_and_closed, "OwnershipControls"),
    ("AWS::S3::Bucket", 5, bucket_expires_what_is_left_over, "LifecycleConfiguration"),
    ("AWS::S3::BucketPolicy", 5, policy_refuses_plain_http, "PolicyDocument"),
    ("AWS::KMS::Key", 1, key_rotates, "EnableKeyRotation"),
    ("AWS::DynamoDB::Table", 1, table_is_recoverable_and_encrypted, "PointInTimeRecoverySpecification"),
    ("AWS::Glue::Job", 3, job_is_bounded_and_alone, "Timeout"),
    ("AWS::Logs::LogGroup", 2, log_group_is_encrypted_and_ends, "RetentionInDays"),
    ("AWS::StepFunctions::StateMachine", 3, machine_is_logged_and_traced, "LoggingConfiguration"),
    ("AWS::SQS::Queue", 2, queue_and_topic_are_encrypted, "KmsMasterKeyId"),
    ("AWS::SNS::Topic", 2, queue_and_topic_are_encrypted, "KmsMasterKeyId"),
    ("AWS::Events::Rule", 3, rule_loses_no_event, "Targets"),
    ("AWS::Scheduler::Schedule", 1, schedule_starts_under_a_role_and_ends_trying, "Target"),
    ("AWS::CloudWatch::Alarm", 16, alarm_is_named_and_decides_about_missing_data, "Dimensions"),
    ("AWS::Kinesis::Stream", 1, stream_is_encrypted_and_kept_for_days, "StreamEncryption"),
    ("AWS::Glue::Table", 2, declared_table_has_columns, "TableInput"),
    ("AWS::Lambda::Function", 1, function_is_bounded_and_logged, "Timeout"),
    ("AWS::KinesisFirehose::DeliveryStream", 1, delivery_makes_files_worth_reading_and_keeps_errors, "ExtendedS3DestinationConfiguration"),
    ("AWS::Athena::WorkGroup", 1, workgroup_cuts_off_and_is_enforced, "WorkGroupConfiguration"),
]
IDS = [f"{rule.__name__}-{kind.rsplit('::', 1)[-1]}" for kind, _, rule, _ in RULES]


def keeps(rule: Callable[[dict[str, Any]], bool], properties: dict[str, Any]) -> bool:
    try:
        return rule(properties)
    except KeyError:
        return False


@pytest.mark.parametrize(("kind", "least", "rule", "lost"), RULES, ids=IDS)
def test_every_resource_of_a_type_keeps_its_rule(
    kind: str, least: int, rule: Callable[[dict[str, Any]], bool], lost: str, prod: Assembly
) -> None:
    found = prod.resources(kind)
    assert len(found) >= least
    assert [name for name, resource in found.items() if not keeps(rule, resource["Properties"])] == []


@pytest.mark.parametrize(("kind", "least", "rule", "lost"), RULES, ids=IDS)
def test_a_resource_that_loses_a_property_breaks_its_rule(
    kind: str, least: int, rule: Callable[[dict[str, Any]], bool], lost: str, prod: Assembly
) -> None:
    resource: Resource = next(iter(prod.resources(kind).values()))
    without = {name: value for name, value in resource["Properties"].items() if name != lost}
    assert not keeps(rule, without)


def test_no_lambda_hides_in_a_template(prod: Assembly) -> None:
    """Each function is one of lambdas/; CDK's own, which serve custom resources, have other handlers."""
    handlers = {resource["Properties"]["Handler"] for resource in prod.resources("AWS::Lambda::Function").values()}
    assert len(handlers) >= 3
    assert [handler for handler in handlers if not (ROOT / handler.replace(".", "/")).parent.with_suffix(".py").is_file()] == []
    custom = {
        found["Type"] for found in prod.resources().values() if found["Type"].startswith(("Custom::", "AWS::CloudFormation::CustomRes"))
    }
    assert custom == {"Custom::LakeMigrations", "Custom::LakeUsageLimit"}


def test_the_key_names_every_service_that_uses_it_in_its_own_name(prod: Assembly) -> None:
    (key,) = prod.resources("AWS::KMS::Key").values()
    services = {
        statement["Principal"]["Service"]
        for statement in key["Properties"]["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
    }
    assert services == {"logs.eu-west-1.amazonaws.com", "events.amazonaws.com", "cloudwatch.amazonaws.com", "sns.amazonaws.com"}


def test_a_stack_stays_far_from_the_limit_of_500_resources(prod: Assembly) -> None:
    sizes = {stack: len(template["Resources"]) for stack, template in prod.templates.items()}
    assert len(sizes) == 8
    assert max(sizes.values()) < 250


def test_raw_objects_expire_by_the_retention_of_their_contract_and_nothing_under_a_table_does(prod: Assembly) -> None:
    expiring = {
        (name, rule["Prefix"]): rule["ExpirationInDays"]
        for (_, name), bucket in prod.resources("AWS::S3::Bucket").items()
        for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule and "Prefix" in rule
    }
    assert {(name[: len("RawBucket")], prefix): days for (name, prefix), days in expiring.items()} == {
        ("RawBucket", "flights/files/"): 2555,
        ("RawBucket", "weather/files/"): 2555,
        ("RawBucket", "weather/stream/"): 2555,
    }
