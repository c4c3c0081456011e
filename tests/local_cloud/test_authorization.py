import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local_cloud.running import ACCOUNT, LocalCloud, refusal

GLUE = f"arn:aws:glue:us-east-1:{ACCOUNT}:"
TABLE = [GLUE + "catalog", GLUE + "database/shop", GLUE + "table/shop/orders"]


@pytest.fixture(scope="module")
def catalog(cloud: LocalCloud) -> None:
    glue = cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": "shop"})
    glue.create_table(DatabaseName="shop", TableInput={"Name": "orders"})


def test_a_role_reads_what_it_is_granted_and_nothing_else(cloud: LocalCloud) -> None:
    root = cloud.client("s3")
    root.create_bucket(Bucket="granted")
    for key in ("orders/a", "secret/a"):
        root.put_object(Bucket="granted", Key=key, Body=b"text")
    role = cloud.role("reads-orders", [{"Action": "s3:GetObject", "Resource": "arn:aws:s3:::granted/orders/*"}])
    s3 = cloud.client("s3", cloud.assume(role))
    assert refusal(s3.get_object, Bucket="granted", Key="orders/a") == ""
    assert "not authorized to perform: s3:GetObject" in refusal(s3.get_object, Bucket="granted", Key="secret/a")
    assert "s3:PutObject" in refusal(s3.put_object, Bucket="granted", Key="orders/a", Body=b"")


def test_a_bucket_that_wants_tls_takes_the_loopback_for_it(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="tls-only")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::tls-only/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    role = cloud.role("writes-tls-only", [{"Action": "s3:PutObject", "Resource": "arn:aws:s3:::tls-only/*"}])
    assert refusal(cloud.client("s3", cloud.assume(role)).put_object, Bucket="tls-only", Key="a", Body=b"") == ""


def test_a_table_needs_table_database_and_catalog(cloud: LocalCloud, catalog: None) -> None:
    role = cloud.role("reads-table", [{"Action": "glue:GetTable", "Resource": TABLE}])
    assert refusal(cloud.client("glue", cloud.assume(role)).get_table, DatabaseName="shop", Name="orders") == ""


@pytest.mark.parametrize("missing", range(len(TABLE)))
def test_a_table_is_refused_where_one_of_the_three_is_missing(missing: int, cloud: LocalCloud, catalog: None) -> None:
    granted = [arn for index, arn in enumerate(TABLE) if index != missing]
    role = cloud.role(f"lacks-{missing}", [{"Action": "glue:GetTable", "Resource": granted}])
    assert "glue:GetTable" in refusal(cloud.client("glue", cloud.assume(role)).get_table, DatabaseName="shop", Name="orders")


def test_a_database_needs_database_and_catalog(cloud: LocalCloud, catalog: None) -> None:
    role = cloud.role("reads-database", [{"Action": "glue:GetDatabase", "Resource": TABLE[:2]}])
    assert refusal(cloud.client("glue", cloud.assume(role)).get_database, Name="shop") == ""
    cloud.allow("reads-database", [{"Action": "glue:GetDatabase", "Resource": TABLE[:1]}])
    assert "glue:GetDatabase" in refusal(cloud.client("glue", cloud.assume(role)).get_database, Name="shop")


def test_an_object_under_a_key_needs_the_key(cloud: LocalCloud) -> None:
    root = cloud.client("s3")
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    root.create_bucket(Bucket="under-key")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    root.put_bucket_encryption(Bucket="under-key", ServerSideEncryptionConfiguration={"Rules": [rule]})
    root.put_object(Bucket="under-key", Key="a", Body=b"text")
    statements = [{"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::under-key/*"}]
    role = cloud.role("uses-key", statements)
    s3 = cloud.client("s3", cloud.assume(role))
    assert refusal(s3.get_object, Bucket="under-key", Key="a").startswith("AccessDenied")
    cloud.allow("uses-key", [*statements, {"Action": "kms:Decrypt", "Resource": key}])
    assert refusal(s3.get_object, Bucket="under-key", Key="a") == ""
    assert refusal(s3.put_object, Bucket="under-key", Key="b", Body=b"").startswith("AccessDenied")


@pytest.fixture(scope="module")
def ledger(cloud: LocalCloud) -> str:
    """The ARN of a table under a customer's key."""
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    table = cloud.client("dynamodb").create_table(
        TableName="authorised",
        KeySchema=[{"AttributeName": "dataset", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("dataset", "item")],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    arn: str = table["TableDescription"]["TableArn"]
    return arn


def test_a_table_under_a_key_needs_the_key(cloud: LocalCloud, ledger: str) -> None:
    statements = [{"Action": "dynamodb:GetItem", "Resource": ledger}]
    dynamodb = cloud.client("dynamodb", cloud.assume(cloud.role("reads-ledger", statements)))
    arguments: dict[str, Any] = {"TableName": "authorised", "Key": {"dataset": {"S": "flights"}, "item": {"S": "lease"}}}
    assert refusal(dynamodb.get_item, **arguments).startswith("AccessDenied")
    cloud.allow("reads-ledger", [*statements, {"Action": "kms:Decrypt", "Resource": "*"}])
    assert refusal(dynamodb.get_item, **arguments) == ""


OPERATIONS: dict[str, Callable[[str], dict[str, Any]]] = {
    "get_item": lambda dataset: {"Key": {"dataset": {"S": dataset}, "item": {"S": "lease"}}},
    "put_item": lambda dataset: {"Item": {"dataset": {"S": dataset}, "item": {"S": "lease"}}},
    "query": lambda dataset: {
        "KeyConditionExpression": "#d = :d and begins_with(#i, :i)",
        "ExpressionAttributeNames": {"#d": "dataset", "#i": "item"},
        "ExpressionAttributeValues": {":d": {"S": dataset}, ":i": {"S": "object#"}},
    },
}


def only_flights(table: str) -> list[dict[str, Any]]:
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["flights"]}}
    return [{"Action": "dynamodb:*", "Resource": table, "Condition": condition}, {"Action": "kms:*", "Resource": "*"}]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_items_of_other_datasets_are_refused_where_the_leading_keys_are_named(operation: str, cloud: LocalCloud, ledger: str) -> None:
    dynamodb = cloud.client("dynamodb", cloud.assume(cloud.role(f"flights-{operation}", only_flights(ledger))))
    call, arguments = getattr(dynamodb, operation), OPERATIONS[operation]
    assert refusal(call, TableName="authorised", **arguments("flights")) == ""
    assert refusal(call, TableName="authorised", **arguments("airlines")).startswith("AccessDenied")


def test_a_batch_is_refused_for_one_item_of_another_dataset(cloud: LocalCloud, ledger: str) -> None:
    dynamodb = cloud.client("dynamodb", cloud.assume(cloud.role("flights-batch", only_flights(ledger))))

    def puts(*datasets: str) -> dict[str, list[dict[str, object]]]:
        return {"authorised": [{"PutRequest": {"Item": {"dataset": {"S": name}, "item": {"S": "a"}}}} for name in datasets]}

    assert refusal(dynamodb.batch_write_item, RequestItems=puts("flights")) == ""
    assert refusal(dynamodb.batch_write_item, RequestItems=puts("flights", "airlines")).startswith("AccessDenied")


def test_events_of_another_source_are_refused_where_the_source_is_named(cloud: LocalCloud) -> None:
    own = {"ForAllValues:StringEquals": {"events:source": ["lake.lake"]}, "Null": {"events:source": "false"}}
    role = cloud.role("announces", [{"Action": "events:PutEvents", "Resource": "*", "Condition": own}])
    events = cloud.client("events", cloud.assume(role))
    entry = {"DetailType": "Dataset Refreshed", "Detail": "{}"}
    assert refusal(events.put_events, Entries=[entry | {"Source": "lake.lake"}]) == ""
    assert refusal(events.put_events, Entries=[entry | {"Source": "other"}]).startswith("AccessDenied")


def test_a_permissions_boundary_takes_away_what_the_policy_grants(cloud: LocalCloud, catalog: None) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    boundary = cloud.client("iam").create_policy(PolicyName="only-s3", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    role = cloud.role("bounded", [{"Action": "glue:GetTable", "Resource": TABLE}])
    glue = cloud.client("glue", cloud.assume(role))
    assert refusal(glue.get_table, DatabaseName="shop", Name="orders") == ""
    cloud.client("iam").put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=boundary)
    assert "glue:GetTable" in refusal(glue.get_table, DatabaseName="shop", Name="orders")


def test_a_wrong_secret_is_refused(cloud: LocalCloud) -> None:
    credentials = cloud.assume(cloud.role("has-secret", [])) | {"SecretAccessKey": "x" * 40}
    assert refusal(cloud.client("sts", credentials).get_caller_identity).startswith("SignatureDoesNotMatch")
