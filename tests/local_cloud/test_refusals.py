from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.local_cloud.running import LocalCloud, refusal


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("rds", "describe_db_clusters"),  # query
        ("cloudwatchomni", "list_access_grants"),  # CBOR
        ("emr", "list_clusters"),  # JSON
        ("kafka", "list_clusters"),  # REST with JSON
        ("cloudfront", "list_distributions"),  # REST with XML
        ("redshift", "describe_clusters"),  # not in ministack either
    ],
)
def test_a_service_that_is_not_in_the_local_cloud_is_refused_by_name(service: str, operation: str, cloud: LocalCloud) -> None:
    client = cloud.client(service)
    signed_for = client.meta.service_model.signing_name
    assert f"{signed_for} is not in the local cloud" in refusal(getattr(client, operation))


def test_an_unsigned_request_is_refused(cloud: LocalCloud) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(f"{cloud.endpoint}/_ministack/reset", method="POST"), timeout=5)
    assert refused.value.code == 501
    assert b"is not signed" in refused.value.read()


def test_a_presigned_url_is_a_signed_request(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="presigned")
    s3.put_object(Bucket="presigned", Key="a", Body=b"text")
    with urlopen(s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a"}), timeout=5) as response:
        assert response.read() == b"text"


@pytest.mark.parametrize(
    ("resource", "named"),
    [
        ({"Type": "AWS::EC2::Instance"}, "resource type AWS::EC2::Instance of Odd"),
        ({"Type": "AWS::S3::Bukket"}, "resource type AWS::S3::Bukket of Odd"),
        ({"Type": "Custom::Anything", "Properties": {}}, "the custom resource Odd without a ServiceToken"),
        ({"Type": "AWS::S3::Bucket", "Properties": {"ReplicationConfiguration": {}}}, "ReplicationConfiguration of Odd (AWS::S3::Bucket"),
    ],
)
def test_a_template_with_what_is_not_in_the_local_cloud_is_refused_before_anything_is_made(
    resource: dict[str, Any], named: str, cloud: LocalCloud
) -> None:
    with pytest.raises(Exception, match="not in the local cloud") as refused:
        cloud.deploy("refused", {"Fine": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "never-made"}}, "Odd": resource})
    assert named in str(refused.value)
    assert "never-made" not in [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]]


def test_a_target_that_is_not_in_the_local_cloud_is_refused_in_a_call_and_in_a_template(cloud: LocalCloud) -> None:
    events, arn = cloud.client("events"), "arn:aws:lambda:us-east-1:000000000000:function:f"
    events.put_rule(Name="to-lambda", EventPattern='{"source": ["x"]}')
    assert "lambda is not a supported service" in refusal(events.put_targets, Rule="to-lambda", Targets=[{"Id": "1", "Arn": arn}])
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["x"]}, "Targets": [{"Id": "1", "Arn": arn}]}}
    with pytest.raises(Exception, match=f"are not in the local cloud: {arn}"):
        cloud.deploy("to-lambda", {"Rule": rule})


def test_of_ec2_there_are_networks_alone(cloud: LocalCloud) -> None:
    ec2 = cloud.client("ec2")
    assert ec2.describe_vpcs()["Vpcs"]
    told = refusal(ec2.run_instances, ImageId="ami-00000000", MinCount=1, MaxCount=1)
    assert told == "NotInLocalCloud: RunInstances is not in the local cloud; of EC2 it has networks alone"
