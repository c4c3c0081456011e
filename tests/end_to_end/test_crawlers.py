"""What landed is in the raw database after a crawl, for analysts to read as it arrived."""

import json

from tests.end_to_end.files import airlines
from tests.end_to_end.lake import Lake


def test_a_crawled_dataset_is_read_in_raw_as_it_arrived(lake: Lake) -> None:
    records = airlines().read_text(encoding="utf-8").splitlines()
    lake.land("airlines", airlines())
    done = lake.run("crawl", "airlines", "--format", "json")
    assert {row["column"]: row["type"] for row in json.loads(done.stdout)} == {
        "carrier": "string",
        "name": "string",
        "partition_0": "string",
        "ingest_date": "string",
    }
    assert "with 1 partitions" in done.stderr
    (row,) = lake.query(
        "select count(*) as records, count(distinct carrier) as carriers, min(partition_0) as source from lake_raw.airlines"
    )
    assert row == {"records": len(records) - 1, "carriers": len(records) - 1, "source": "files"}


def test_a_crawler_without_a_grant_fails_and_the_verb_names_the_denied_action(lake: Lake) -> None:
    lake.land("airlines", airlines())
    iam = lake.client("iam")
    role = lake.client("glue").get_crawler(Name="lake-raw-airlines")["Crawler"]["Role"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for sid, action in {
        "ListObjects": "s3:ListBucket",
        "ReadObjects": "s3:GetObject",
        "UseKey": "kms:Decrypt",
        "WriteTables": "glue:",
    }.items():
        kept = [statement for statement in policy["Statement"] if statement["Sid"] != sid]
        assert len(kept) == len(policy["Statement"]) - 1
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps({**policy, "Statement": kept}))
        assert f"is not authorized to perform: {action}" in lake.run("crawl", "airlines", fails=True).stderr
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
    lake.run("crawl", "airlines")


def test_a_product_has_nothing_to_crawl_and_a_dataset_without_objects_no_table(lake: Lake) -> None:
    assert "daily_punctuality does not arrive as files" in lake.run("crawl", "daily_punctuality", fails=True).stderr
    assert "found no object of flights, so there is no table" in lake.run("crawl", "flights", fails=True).stderr
