"""What a template says is what the service shows: nothing is dropped on the way."""

import json
from typing import Any

import pytest

from tests.local_cloud.running import ACCOUNT, LocalCloud, StackError, refusal
from tests.local_cloud.templates import CATALOG, KEY, ORCHESTRATION, STORAGE, Resources, policy, trust


@pytest.fixture(scope="module")
def storage(cloud: LocalCloud) -> dict[str, str]:
    return cloud.deploy("round-trip-storage", STORAGE, {"KeyArn": KEY})


def test_a_key_is_as_its_template_says(cloud: LocalCloud, storage: dict[str, str]) -> None:
    kms, key = cloud.client("kms"), storage["KeyArn"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == STORAGE["Key"]["Properties"]["KeyPolicy"]
    assert {"TagKey": "team", "TagValue": "data"} in kms.list_resource_tags(KeyId=key)["Tags"]
    assert kms.describe_key(KeyId="alias/round-trip")["KeyMetadata"]["Arn"] == key


def test_a_bucket_is_as_its_template_says(cloud: LocalCloud, storage: dict[str, str]) -> None:
    s3, said = cloud.client("s3"), STORAGE["Bucket"]["Properties"]
    (encryption,) = s3.get_bucket_encryption(Bucket="round-trip")["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["BucketKeyEnabled"] is True
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": storage["KeyArn"]}
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket="round-trip")["Rules"]
    assert rule == {
        "ID": "tidy",
        "Status": "Enabled",
        "Filter": {"Prefix": "raw/"},
        "Expiration": {"Days": 400},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "Transitions": [{"Days": 90, "StorageClass": "STANDARD_IA"}],
    }
    assert s3.get_bucket_logging(Bucket="round-trip")["LoggingEnabled"] == {"TargetBucket": "round-trip-logs", "TargetPrefix": "raw/"}
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket="round-trip")
    assert s3.get_bucket_ownership_controls(Bucket="round-trip")["OwnershipControls"] == said["OwnershipControls"]
    assert s3.get_public_access_block(Bucket="round-trip")["PublicAccessBlockConfiguration"] == said["PublicAccessBlockConfiguration"]
    assert s3.get_bucket_tagging(Bucket="round-trip")["TagSet"] == said["Tags"]
    assert s3.get_bucket_versioning(Bucket="round-trip")["Status"] == "Enabled"
    assert json.loads(s3.get_bucket_policy(Bucket="round-trip")["Policy"]) == STORAGE["BucketPolicy"]["Properties"]["PolicyDocument"]


def test_a_table_is_as_its_template_says(cloud: LocalCloud, storage: dict[str, str]) -> None:
    dynamodb, said = cloud.client("dynamodb"), STORAGE["Ledger"]["Properties"]
    table = dynamodb.describe_table(TableName="round-trip")["Table"]
    assert table["KeySchema"] == said["KeySchema"]
    (index,) = table["LocalSecondaryIndexes"]
    assert index.items() >= said["LocalSecondaryIndexes"][0].items()
    assert table["DeletionProtectionEnabled"] is True
    assert table["SSEDescription"].items() >= {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": storage["KeyArn"]}.items()
    backups = dynamodb.describe_continuous_backups(TableName="round-trip")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    ttl = dynamodb.describe_time_to_live(TableName="round-trip")["TimeToLiveDescription"]
    assert ttl == {"AttributeName": "expires", "TimeToLiveStatus": "ENABLED"}


@pytest.fixture(scope="module")
def catalog(cloud: LocalCloud) -> None:
    cloud.deploy("round-trip-catalog", CATALOG)


def test_a_role_is_as_its_template_says(cloud: LocalCloud, catalog: None) -> None:
    iam = cloud.client("iam")
    role = iam.get_role(RoleName="round-trip-job")["Role"]
    assert role["AssumeRolePolicyDocument"] == trust("glue.amazonaws.com")
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    assert iam.get_role_policy(RoleName="round-trip-job", PolicyName="grants")["PolicyDocument"] == policy("s3:GetObject", "*")


def test_a_job_is_as_its_template_says(cloud: LocalCloud, catalog: None) -> None:
    said = CATALOG["Job"]["Properties"]
    job = cloud.client("glue").get_job(JobName="round-trip")["Job"]
    same = set(said) - {"Role", "SecurityConfiguration"}
    assert {name: job[name] for name in same} == {name: said[name] for name in same}
    assert (job["Role"], job["SecurityConfiguration"]) == (f"arn:aws:iam::{ACCOUNT}:role/round-trip-job", "round-trip")


def test_a_crawler_and_its_classifier_are_as_their_template_says(cloud: LocalCloud, catalog: None) -> None:
    glue, said = cloud.client("glue"), CATALOG["Crawler"]["Properties"]
    crawler = glue.get_crawler(Name="round-trip")["Crawler"]
    same = set(said) - {"Role", "CrawlerSecurityConfiguration", "Schedule"}
    assert {name: crawler[name] for name in same} == {name: said[name] for name in same}
    assert (crawler["Role"], crawler["CrawlerSecurityConfiguration"]) == (f"arn:aws:iam::{ACCOUNT}:role/round-trip-job", "round-trip")
    assert crawler["Schedule"].items() >= said["Schedule"].items()
    classifier = glue.get_classifier(Name="round-trip")["Classifier"]["CsvClassifier"]
    assert classifier.items() >= CATALOG["Classifier"]["Properties"]["CsvClassifier"].items()


def test_a_crawler_that_cannot_run_here_stops_its_stack_with_the_reason(cloud: LocalCloud, catalog: None) -> None:
    given = CATALOG["Crawler"]["Properties"] | {"Name": "impossible", "Role": f"arn:aws:iam::{ACCOUNT}:role/round-trip-job"}
    given |= {"CrawlerSecurityConfiguration": "round-trip", "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}
    with pytest.raises(StackError, match=r"RecrawlBehavior is .*CRAWL_EVENT_MODE"):
        cloud.deploy("impossible-crawler", {"Crawler": {"Type": "AWS::Glue::Crawler", "Properties": given}})


def test_a_database_a_security_configuration_and_a_workgroup_are_as_their_template_says(cloud: LocalCloud, catalog: None) -> None:
    glue = cloud.client("glue")
    assert glue.get_database(Name="round_trip")["Database"].items() >= CATALOG["Database"]["Properties"]["DatabaseInput"].items()
    said = CATALOG["Security"]["Properties"]["EncryptionConfiguration"]
    shown = glue.get_security_configuration(Name="round-trip")["SecurityConfiguration"]["EncryptionConfiguration"]
    assert shown == {"S3Encryption": said["S3Encryptions"], "CloudWatchEncryption": said["CloudWatchEncryption"]}
    workgroup = cloud.client("athena").get_work_group(WorkGroup="round-trip")["WorkGroup"]
    assert workgroup["Configuration"].items() >= CATALOG["Workgroup"]["Properties"]["WorkGroupConfiguration"].items()


@pytest.fixture(scope="module")
def orchestration(cloud: LocalCloud) -> dict[str, str]:
    return cloud.deploy("round-trip-orchestration", ORCHESTRATION, {name: {"Ref": name} for name in ("Machine", "Undelivered", "Failures")})


def test_a_machine_is_as_its_template_says(cloud: LocalCloud, orchestration: dict[str, str]) -> None:
    machine = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=orchestration["Machine"])
    assert json.loads(machine["definition"])["StartAt"] == "Only"
    assert (machine["type"], machine["roleArn"]) == ("EXPRESS", f"arn:aws:iam::{ACCOUNT}:role/round-trip-machine")
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/vendedlogs/states/round-trip:*"
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
    assert machine["loggingConfiguration"] == {"level": "ERROR", "includeExecutionData": True, "destinations": destinations}
    assert machine["tracingConfiguration"] == {"enabled": True}


def test_a_rule_is_as_its_template_says(cloud: LocalCloud, orchestration: dict[str, str]) -> None:
    events, said = cloud.client("events"), ORCHESTRATION["Rule"]["Properties"]
    assert json.loads(events.describe_rule(Name="round-trip")["EventPattern"]) == said["EventPattern"]
    (target,) = events.list_targets_by_rule(Rule="round-trip")["Targets"]
    assert (target["Arn"], target["RetryPolicy"]) == (orchestration["Machine"], said["Targets"][0]["RetryPolicy"])
    assert target["DeadLetterConfig"] == {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:round-trip"}


def test_a_queue_a_topic_and_a_log_group_are_as_their_template_says(cloud: LocalCloud, orchestration: dict[str, str]) -> None:
    queue = cloud.client("sqs").get_queue_attributes(QueueUrl=orchestration["Undelivered"], AttributeNames=["All"])["Attributes"]
    assert (queue["MessageRetentionPeriod"], queue["KmsMasterKeyId"]) == ("1209600", "alias/aws/sqs")
    assert json.loads(queue["Policy"]) == ORCHESTRATION["QueuePolicy"]["Properties"]["PolicyDocument"]
    topic = cloud.client("sns").get_topic_attributes(TopicArn=orchestration["Failures"])["Attributes"]
    assert topic["KmsMasterKeyId"] == "alias/round-trip"
    assert json.loads(topic["Policy"]) == ORCHESTRATION["TopicPolicy"]["Properties"]["PolicyDocument"]
    (subscription,) = cloud.client("sns").list_subscriptions_by_topic(TopicArn=orchestration["Failures"])["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:round-trip")
    (group,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/vendedlogs/states/round-trip")["logGroups"]
    assert (group["retentionInDays"], group["kmsKeyId"]) == (30, "arn:aws:kms:us-east-1:000000000000:key/a")


def test_a_second_deploy_without_a_change_does_nothing(cloud: LocalCloud, orchestration: dict[str, str]) -> None:
    names = ("Machine", "Undelivered", "Failures")
    with pytest.raises(Exception, match="No updates are to be performed"):
        cloud.deploy("round-trip-orchestration", ORCHESTRATION, {name: {"Ref": name} for name in names})


def changeable(**properties: Any) -> Resources:
    return {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "changeable"} | properties}}


def test_a_change_is_made_in_place_and_what_the_template_no_longer_says_is_gone(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    rules = {"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": 1}]}
    cloud.deploy("changeable", changeable(LifecycleConfiguration=rules, Tags=[{"Key": "a", "Value": "1"}]))
    s3.put_object(Bucket="changeable", Key="stays", Body=b"")
    cloud.deploy("changeable", changeable(Tags=[{"Key": "a", "Value": "2"}]))
    assert s3.get_bucket_tagging(Bucket="changeable")["TagSet"] == [{"Key": "a", "Value": "2"}]
    assert refusal(s3.get_bucket_lifecycle_configuration, Bucket="changeable").startswith("NoSuchLifecycleConfiguration")
    assert s3.head_object(Bucket="changeable", Key="stays")


def test_a_stack_is_deleted_with_its_resources_but_not_with_a_bucket_that_holds_objects(cloud: LocalCloud) -> None:
    s3, cloudformation = cloud.client("s3"), cloud.client("cloudformation")
    cloud.deploy("deleted", {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "deleted"}}})
    s3.put_object(Bucket="deleted", Key="a", Body=b"")
    cloudformation.delete_stack(StackName="deleted")
    with pytest.raises(Exception, match="terminal failure"):
        cloudformation.get_waiter("stack_delete_complete").wait(StackName="deleted", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    s3.delete_object(Bucket="deleted", Key="a")
    cloudformation.delete_stack(StackName="deleted")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="deleted", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    assert refusal(s3.head_bucket, Bucket="deleted").startswith("404")


def test_a_weak_reference_takes_the_output_of_another_stack(cloud: LocalCloud, storage: dict[str, str]) -> None:
    value = {"Fn::GetStackOutput": {"StackName": "round-trip-storage", "OutputName": "KeyArn"}}
    cloud.deploy("weak", {"Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "weak", "Type": "String", "Value": value}}})
    assert cloud.client("ssm").get_parameter(Name="weak")["Parameter"]["Value"] == storage["KeyArn"]


def test_a_property_of_a_property_that_the_service_does_not_have_is_refused_by_name(cloud: LocalCloud) -> None:
    job = {"Role": "r", "Command": {"Name": "glueetl"}, "ExecutionProperty": {"MaxConcurrentRuns": 1, "MinConcurrentRuns": 1}}
    with pytest.raises(StackError, match="ExecutionProperty has no MinConcurrentRuns"):
        cloud.deploy("odd-job", {"Job": {"Type": "AWS::Glue::Job", "Properties": job}})
