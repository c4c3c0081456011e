"""Who may do what, read off the templates."""

import json
import re
from typing import Any

import pytest

from tests.stacks.synthesis import Assembly


def statements(assembly: Assembly, role: str) -> dict[str, dict[str, Any]]:
    """Return the statements of the policies of a role, by their Sid."""
    return {
        statement.get("Sid", f"unnamed {index}"): statement
        for (_, name), policy in assembly.resources("AWS::IAM::Policy").items()
        if name.startswith(role)
        for index, statement in enumerate(policy["Properties"]["PolicyDocument"]["Statement"])
    }


def test_no_statement_allows_every_action(prod: Assembly) -> None:
    policies = prod.resources("AWS::IAM::Policy")
    assert len(policies) >= 6
    actions = [
        action
        for policy in policies.values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
    assert [action for action in actions if "*" in action] == []


def test_a_job_reads_its_own_prefix_of_raw_and_no_other(prod: Assembly) -> None:
    allowed = statements(prod, "flightsRole")
    assert json.dumps(allowed["ReadRaw"]["Resource"]).count("/flights/files") == 2
    assert allowed["ListRaw"]["Condition"] == {"StringLike": {"s3:prefix": ["flights/files", "flights/files/*"]}}
    assert "airlines" not in json.dumps(allowed)


def test_a_job_writes_the_logs_of_its_domain_and_no_other(prod: Assembly) -> None:
    jobs = {name: job["Properties"] for (_, name), job in prod.resources("AWS::Glue::Job").items()}
    assert jobs
    for name, job in jobs.items():
        written = json.dumps(statements(prod, f"{name.partition('Job')[0]}Role")["WriteLog"]["Resource"])
        assert job["DefaultArguments"]["--custom-logGroup-prefix"] == "/aws-glue/jobs/lake-aviation"
        assert re.findall(r"log-group:([^\"]*)", written) == ["/aws-glue/jobs/lake-aviation/*"]


def test_a_job_of_a_dataset_with_a_stream_reads_both_of_its_prefixes(prod: Assembly) -> None:
    allowed = statements(prod, "weatherRole")
    assert allowed["ListRaw"]["Condition"] == {
        "StringLike": {"s3:prefix": ["weather/files", "weather/files/*", "weather/stream", "weather/stream/*"]}
    }
    assert json.dumps(allowed["ReadRaw"]["Resource"]).count("/weather/stream") == 2


def test_a_product_writes_no_processed_table_and_reads_no_raw(prod: Assembly) -> None:
    allowed = statements(prod, "dailypunctualityRole")
    assert {"ReadRaw", "ListRaw"} & set(allowed) == set()
    assert allowed["ReadProcessed"]["Action"] == "s3:GetObject"
    assert set(allowed["FindProcessed"]["Action"]) == {"glue:GetDatabase", "glue:GetTable"}


@pytest.mark.parametrize("role", ["flightsRole", "airlinesRole", "dailypunctualityRole"])
def test_a_job_writes_only_the_ledger_items_of_its_dataset(role: str, prod: Assembly) -> None:
    condition = statements(prod, role)["KeepAccounts"]["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
    assert [name.replace("_", "") for name in condition] == [role.removesuffix("Role")]


def test_no_role_deletes_an_object_but_that_of_the_upkeep_of_tables(prod: Assembly) -> None:
    policies = {name: json.dumps(policy) for (_, name), policy in prod.resources("AWS::IAM::Policy").items()}
    assert len([name for name, text in policies.items() if "s3:PutObject" in text]) >= 9
    deleting = [name for name, text in policies.items() if "s3:Delete" in text]
    assert [name.rpartition("DefaultPolicy")[0] for name in deleting] == ["UpkeepRole"]
    assert "RawBucket" not in policies[deleting[0]]


def test_glue_alone_takes_on_the_role_of_the_upkeep(prod: Assembly) -> None:
    (role,) = [found["Properties"] for (_, name), found in prod.resources("AWS::IAM::Role").items() if name.startswith("UpkeepRole")]
    assert [found["Principal"] for found in role["AssumeRolePolicyDocument"]["Statement"]] == [{"Service": "glue.amazonaws.com"}]


def test_the_role_of_the_upkeep_is_passed_by_the_refresh_machine_alone_and_to_glue_alone(prod: Assembly) -> None:
    policies = {name: json.dumps(policy) for (_, name), policy in prod.resources("AWS::IAM::Policy").items()}
    assert [name.rpartition("DefaultPolicy")[0] for name, text in policies.items() if "iam:PassRole" in text] == ["RefreshRole"]
    allowed = statements(prod, "RefreshRole")["PassUpkeepRole"]
    (role,) = [name for (_, name) in prod.resources("AWS::IAM::Role") if name.startswith("UpkeepRole")]
    assert allowed["Resource"] == {"Fn::GetAtt": [role, "Arn"]}
    assert allowed["Condition"] == {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}


def test_the_refresh_machine_starts_the_jobs_of_this_lake_alone(prod: Assembly) -> None:
    resource = statements(prod, "RefreshRole")["RunJobs"]["Resource"]
    assert resource == "arn:aws:glue:eu-west-1:222222222222:job/lake-*"
