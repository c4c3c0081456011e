"""Glue's table optimizers: kept, watched over by IAM, and carried out when asked."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from tests.local_cloud.jobs import ICEBERG, GlueJob
from tests.local_cloud.running import ACCOUNT, LocalCloud, refusal, until

GLUE = f"arn:aws:glue:us-east-1:{ACCOUNT}:"
TABLE = {"CatalogId": ACCOUNT, "DatabaseName": "tended", "TableName": "orders"}
TABLES = [f"{GLUE}catalog", f"{GLUE}database/tended", f"{GLUE}table/tended/orders"]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/keeper"
RETENTION = {"retentionConfiguration": {"icebergConfiguration": {"snapshotRetentionPeriodInDays": 7, "numberOfSnapshotsToRetain": 10}}}
ATTACH = ["glue:CreateTableOptimizer", "glue:UpdateTableOptimizer", "glue:UpdateTable"]
JOB = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.sql("create table glue_catalog.compacted.small (n int) using iceberg location 's3://compacted-data/small'")
for n in range(3):
    spark.sql(f"insert into glue_catalog.compacted.small values ({n})")
"""


def told(**more: Any) -> dict[str, Any]:
    return {"roleArn": ROLE, "enabled": True, **more}


@pytest.fixture(scope="module")
def glue(cloud: LocalCloud) -> Any:
    glue = cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": "tended"})
    glue.create_table(DatabaseName="tended", TableInput={"Name": "orders", "Parameters": {"table_type": "ICEBERG"}})
    glue.create_table(DatabaseName="tended", TableInput={"Name": "plain"})
    return glue


@pytest.fixture
def fresh(glue: Any) -> Any:
    """The API, and a table without optimizers."""
    for kind in ("compaction", "retention", "orphan_file_deletion"):
        refusal(glue.delete_table_optimizer, **TABLE, Type=kind)
    return glue


def test_an_optimizer_is_kept_changed_and_taken_away(fresh: Any) -> None:
    given = {**TABLE, "Type": "retention"}
    fresh.create_table_optimizer(**given, TableOptimizerConfiguration=told(**RETENTION))
    assert "AlreadyExistsException" in refusal(fresh.create_table_optimizer, **given, TableOptimizerConfiguration=told())
    found = fresh.get_table_optimizer(**given)
    assert found["TableOptimizer"] == {"type": "retention", "configuration": told(**RETENTION), "configurationSource": "table"}
    fresh.update_table_optimizer(**given, TableOptimizerConfiguration={"enabled": False})
    assert fresh.get_table_optimizer(**given)["TableOptimizer"]["configuration"] == told(enabled=False, **RETENTION)
    assert fresh.list_table_optimizer_runs(**given)["TableOptimizerRuns"] == []
    fresh.delete_table_optimizer(**given)
    assert "EntityNotFoundException" in refusal(fresh.get_table_optimizer, **given)


def test_an_optimizer_outlives_the_local_cloud(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    glue = own_cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": "tended"})
    glue.create_table(DatabaseName="tended", TableInput={"Name": "orders", "Parameters": {"table_type": "ICEBERG"}})
    glue.create_table_optimizer(**TABLE, Type="retention", TableOptimizerConfiguration=told(**RETENTION))
    own_cloud.end()
    own_cloud.start()
    assert glue.get_table_optimizer(**TABLE, Type="retention")["TableOptimizer"]["configuration"] == told(**RETENTION)


def test_the_optimizers_of_a_table_go_with_it(fresh: Any) -> None:
    fresh.create_table(DatabaseName="tended", TableInput={"Name": "gone", "Parameters": {"table_type": "ICEBERG"}})
    given = {**TABLE, "TableName": "gone", "Type": "compaction"}
    fresh.create_table_optimizer(**given, TableOptimizerConfiguration=told())
    fresh.delete_table(DatabaseName="tended", Name="gone")
    assert "EntityNotFoundException" in refusal(fresh.get_table_optimizer, **given)


def test_the_optimizers_of_all_tables_go_with_their_database(fresh: Any) -> None:
    given = {"CatalogId": TABLE["CatalogId"], "DatabaseName": "going", "TableName": "gone", "Type": "compaction"}
    for _ in range(2):  # a table of the same name has none of the first one's
        fresh.create_database(DatabaseInput={"Name": "going"})
        fresh.create_table(DatabaseName="going", TableInput={"Name": "gone", "Parameters": {"table_type": "ICEBERG"}})
        fresh.create_table_optimizer(**given, TableOptimizerConfiguration=told())
        fresh.delete_database(Name="going")
        assert "EntityNotFoundException" in refusal(fresh.get_table_optimizer, **given)


@pytest.mark.parametrize(
    ("given", "configuration", "problem"),
    [
        ({"TableName": "none"}, told(), "EntityNotFoundException: Table tended.none not found"),
        ({"TableName": "plain"}, told(), "tended.plain is no Iceberg table"),
        ({}, {"enabled": True}, "no roleArn"),
        ({}, told(vpcConfiguration={"glueConnectionName": "x"}), "has vpcConfiguration, the local cloud has roleArn"),
        (
            {},
            told(compactionConfiguration={"icebergConfiguration": {"strategy": "sort"}}),
            "strategy is 'sort', the local cloud has binpack",
        ),
        ({}, told(compactionConfiguration={"icebergConfiguration": {"deleteFileThreshold": 1}}), "is told deleteFileThreshold"),
        ({}, told(**RETENTION), "has retentionConfiguration, the local cloud has roleArn, enabled and compactionConfiguration"),
    ],
)
def test_what_cannot_be_done_here_is_refused_by_name(given: dict[str, str], configuration: Any, problem: str, fresh: Any) -> None:
    request = {**TABLE, "Type": "compaction", **given}
    assert problem in refusal(fresh.create_table_optimizer, **request, TableOptimizerConfiguration=configuration)


@pytest.mark.parametrize(
    ("statements", "missing"),
    [
        ([], "glue:CreateTableOptimizer"),
        ([{"Action": ATTACH[:2], "Resource": TABLES}], "glue:UpdateTable"),
        ([{"Action": ATTACH, "Resource": TABLES}], f"iam:PassRole on resource: {ROLE}"),
        ([{"Action": ATTACH, "Resource": TABLES}, {"Action": "iam:PassRole", "Resource": f"{ROLE}-of-another"}], "iam:PassRole"),
    ],
)
def test_who_attaches_needs_the_action_and_may_pass_that_role(statements: list[Any], missing: str, cloud: LocalCloud, fresh: Any) -> None:
    name = f"attaches-{len(statements)}-{len(missing)}"
    caller = cloud.client("glue", cloud.assume(cloud.role(name, statements)))
    denied = refusal(caller.create_table_optimizer, **TABLE, Type="compaction", TableOptimizerConfiguration=told())
    assert f"is not authorized to perform: {missing}" in denied


@pytest.mark.parametrize(("service", "may"), [("glue.amazonaws.com", True), ("lambda.amazonaws.com", False)])
def test_a_role_is_passed_to_the_service_that_the_grant_names(service: str, may: bool, cloud: LocalCloud, fresh: Any) -> None:
    passing = {"Action": "iam:PassRole", "Resource": ROLE, "Condition": {"StringEquals": {"iam:PassedToService": service}}}
    role = cloud.role(f"passes-{may}", [{"Action": ATTACH, "Resource": TABLES}, passing])
    caller = cloud.client("glue", cloud.assume(role))
    denied = refusal(caller.create_table_optimizer, **TABLE, Type="compaction", TableOptimizerConfiguration=told())
    assert (denied == "") == may, denied


@pytest.fixture(scope="module")
def compacted(cloud: LocalCloud) -> GlueJob:
    """A table of three files."""
    job = GlueJob(cloud, "compacted").create({"--conf": ICEBERG, "--datalake-formats": "iceberg"})
    job.script(JOB)
    run = job.run()
    assert run["JobRunState"] == "SUCCEEDED", run
    return job


def run_optimizers(cloud: LocalCloud) -> None:
    body = json.dumps({"Tables": [{"DatabaseName": "compacted", "TableName": "small"}]})
    headers = {"X-Amz-Target": "AWSGlue.RunTableOptimizers", "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", f"{cloud.endpoint}/", headers=headers, data=body)
    SigV4Auth(Credentials("test", "test"), "glue", "us-east-1").add_auth(request)
    assert URLLib3Session().send(request.prepare()).status_code == 200


def last_run(cloud: LocalCloud, kind: str) -> dict[str, Any]:
    """Wait for the end of the run of an optimizer."""

    def ended() -> dict[str, Any] | None:
        run = cloud.client("glue").get_table_optimizer(**_small(kind))["TableOptimizer"]["lastRun"]
        return run if "endTimestamp" in run and run["eventType"] in ("completed", "failed") else None

    return until(ended, seconds=90)


def _small(kind: str) -> dict[str, str]:
    return {"CatalogId": ACCOUNT, "DatabaseName": "compacted", "TableName": "small", "Type": kind}


def test_optimizers_run_under_their_role_and_one_that_is_denied_says_what_it_lacks(cloud: LocalCloud, compacted: GlueJob) -> None:
    for kind in ("compaction", "retention", "orphan_file_deletion"):
        configuration = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/compacted", "enabled": kind != "orphan_file_deletion"}
        compacted.glue.create_table_optimizer(**_small(kind), TableOptimizerConfiguration=configuration)
    run_optimizers(cloud)
    done = last_run(cloud, "compaction")
    assert done["eventType"] == "completed", done
    assert done["compactionMetrics"]["IcebergMetrics"]["NumberOfFilesCompacted"] == 3
    assert last_run(cloud, "retention")["retentionMetrics"]["IcebergMetrics"]["NumberOfManifestListsDeleted"] == 0
    assert "lastRun" not in compacted.glue.get_table_optimizer(**_small("orphan_file_deletion"))["TableOptimizer"]


@pytest.mark.matrix
def test_an_optimizer_without_a_grant_fails_naming_it_and_is_suspended_after_four_failures_in_a_row(
    cloud: LocalCloud, compacted: GlueJob
) -> None:
    kind = "compaction"
    refusal(compacted.glue.delete_table_optimizer, **_small("retention"))
    refusal(compacted.glue.delete_table_optimizer, **_small(kind))
    configuration = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/compacted", "enabled": True}
    compacted.glue.create_table_optimizer(**_small(kind), TableOptimizerConfiguration=configuration)
    give_back: Callable[[], None] = compacted.without("catalog")
    try:
        for _ in range(4):
            assert compacted.glue.get_table_optimizer(**_small(kind))["TableOptimizer"]["configuration"]["enabled"]
            run_optimizers(cloud)
            failed = last_run(cloud, kind)
            assert failed["eventType"] == "failed"
            assert "is not authorized to perform: glue:GetTable" in failed["error"]
    finally:
        give_back()
    assert not compacted.glue.get_table_optimizer(**_small(kind))["TableOptimizer"]["configuration"]["enabled"]
