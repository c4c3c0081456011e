"""Templates that use every resource type of the lake, with the properties that it sets."""

from typing import Any

from tests.local_cloud.running import ACCOUNT

Resources = dict[str, Any]
KEY = {"Fn::GetAtt": ["Key", "Arn"]}


def trust(service: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}


def policy(action: str, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource} | more]}


STORAGE: Resources = {
    "Key": {
        "Type": "AWS::KMS::Key",
        "Properties": {
            "EnableKeyRotation": True,
            "KeyPolicy": policy("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
            "Tags": [{"Key": "team", "Value": "data"}],
        },
    },
    "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/round-trip", "TargetKeyId": {"Ref": "Key"}}},
    "Logs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "round-trip-logs"}},
    "Bucket": {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketName": "round-trip",
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
                ]
            },
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "tidy",
                        "Status": "Enabled",
                        "Prefix": "raw/",
                        "ExpirationInDays": 400,
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                        "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 90}],
                    }
                ]
            },
            "LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "raw/"},
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "Tags": [{"Key": "zone", "Value": "raw"}],
            "VersioningConfiguration": {"Status": "Enabled"},
        },
    },
    "BucketPolicy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": policy("s3:GetObject", "arn:aws:s3:::round-trip/*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        },
    },
    "Ledger": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "round-trip",
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("dataset", "item", "pending")],
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": True,
            "KeySchema": [{"AttributeName": "dataset", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
            "LocalSecondaryIndexes": [
                {
                    "IndexName": "pending",
                    "KeySchema": [{"AttributeName": "dataset", "KeyType": "HASH"}, {"AttributeName": "pending", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY},
            "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
        },
    },
}


CATALOG: Resources = {
    "Boundary": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "boundary", "PolicyDocument": policy("s3:*", "*")}},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "round-trip-job",
            "AssumeRolePolicyDocument": trust("glue.amazonaws.com"),
            "PermissionsBoundary": {"Ref": "Boundary"},
        },
    },
    "Grants": {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "grants", "PolicyDocument": policy("s3:GetObject", "*"), "Roles": [{"Ref": "Role"}]},
    },
    "Database": {
        "Type": "AWS::Glue::Database",
        "Properties": {
            "CatalogId": ACCOUNT,
            "DatabaseInput": {"Name": "round_trip", "Description": "raw", "LocationUri": "s3://round-trip/"},
        },
    },
    "Security": {
        "Type": "AWS::Glue::SecurityConfiguration",
        "Properties": {
            "Name": "round-trip",
            "EncryptionConfiguration": {
                "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/a"}],
                "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/a"},
            },
        },
    },
    "Job": {
        "Type": "AWS::Glue::Job",
        "Properties": {
            "Name": "round-trip",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Command": {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": "s3://round-trip/job.py"},
            "DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"},
            "Description": "a job",
            "ExecutionClass": "STANDARD",
            "ExecutionProperty": {"MaxConcurrentRuns": 1},
            "GlueVersion": "5.1",
            "JobRunQueuingEnabled": True,
            "MaxRetries": 0,
            "NumberOfWorkers": 2,
            "SecurityConfiguration": {"Ref": "Security"},
            "Timeout": 60,
            "WorkerType": "G.1X",
        },
    },
    "Classifier": {
        "Type": "AWS::Glue::Classifier",
        "Properties": {
            "CsvClassifier": {
                "Name": "round-trip",
                "Delimiter": "|",
                "QuoteSymbol": '"',
                "ContainsHeader": "ABSENT",
                "Header": ["id", "name"],
            }
        },
    },
    "Crawler": {
        "Type": "AWS::Glue::Crawler",
        "Properties": {
            "Name": "round-trip",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "DatabaseName": "round_trip",
            "Targets": {"S3Targets": [{"Path": "s3://round-trip/words/", "Exclusions": ["_**"]}]},
            "Classifiers": ["round-trip"],
            "Configuration": (
                '{"Version":1.0,"CrawlerOutput":{"Partitions":{"AddOrUpdateBehavior":"InheritFromTable"}},'
                '"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas","TableLevelConfiguration":2}}'
            ),
            "CrawlerSecurityConfiguration": {"Ref": "Security"},
            "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
            "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
            "Schedule": {"ScheduleExpression": "cron(15 4 * * ? *)"},
        },
    },
    "Workgroup": {
        "Type": "AWS::Athena::WorkGroup",
        "Properties": {
            "Name": "round-trip",
            "WorkGroupConfiguration": {
                "BytesScannedCutoffPerQuery": 100_000_000,
                "EnforceWorkGroupConfiguration": True,
                "ResultConfiguration": {"OutputLocation": "s3://round-trip/results/"},
            },
        },
    },
}


ORCHESTRATION: Resources = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": "round-trip-machine", "AssumeRolePolicyDocument": trust("states.amazonaws.com")},
    },
    "Log": {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": "/aws/vendedlogs/states/round-trip",
            "RetentionInDays": 30,
            "KmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/a",
        },
    },
    "Machine": {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "StateMachineName": "round-trip",
            "StateMachineType": "EXPRESS",
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "DefinitionString": '{"StartAt": "${first}", "States": {"Only": {"Type": "Pass", "End": true}}}',
            "DefinitionSubstitutions": {"first": "Only"},
            "LoggingConfiguration": {
                "Level": "ERROR",
                "IncludeExecutionData": True,
                "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["Log", "Arn"]}}}],
            },
            "TracingConfiguration": {"Enabled": True},
        },
    },
    "Undelivered": {
        "Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": "round-trip", "MessageRetentionPeriod": 1209600, "KmsMasterKeyId": "alias/aws/sqs"},
    },
    "QueuePolicy": {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Undelivered"}],
            "PolicyDocument": policy("sqs:SendMessage", "*", Principal={"Service": "events.amazonaws.com"}),
        },
    },
    "Failures": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "round-trip", "KmsMasterKeyId": "alias/round-trip"}},
    "TopicPolicy": {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {
            "Topics": [{"Ref": "Failures"}],
            "PolicyDocument": policy("sns:Publish", "*", Principal={"Service": "events.amazonaws.com"}),
        },
    },
    "Subscription": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {"TopicArn": {"Ref": "Failures"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Undelivered", "Arn"]}},
    },
    "Rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": "round-trip",
            "EventPattern": {"source": ["aws.s3"], "detail": {"bucket": {"name": ["round-trip"]}}},
            "Targets": [
                {
                    "Id": "machine",
                    "Arn": {"Ref": "Machine"},
                    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Undelivered", "Arn"]}},
                    "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3},
                }
            ],
        },
    },
}
