"""Which jobs and arguments the local cloud takes, and what it makes of them."""

from typing import Any

import pytest

from local_cloud.glue.definition import Job
from local_cloud.glue.parameters import NotUnderstoodError, argv, spark_settings

DEFINITION: dict[str, Any] = {
    "Name": "lake-words",
    "Role": "arn:aws:iam::000000000000:role/job",
    "Command": {"Name": "glueetl", "ScriptLocation": "s3://assets/job.py"},
    "GlueVersion": "5.1",
    "DefaultArguments": {"--mode": "full", "--size": "1"},
}


def test_arguments_of_a_run_replace_the_defaults_and_glue_adds_its_own() -> None:
    arguments = Job.from_definition(DEFINITION).arguments_of("jr_1", {"--size": "2"})
    names = {"--JOB_NAME": "lake-words", "--JOB_RUN_ID": "jr_1", "--JOB_ID": "j_lake-words"}
    assert arguments == {"--mode": "full", "--size": "2", **names}
    assert argv({"--mode": "full", "--size": ""}) == ["--mode", "full", "--size", ""]


def test_a_run_that_changes_what_it_cannot_is_refused() -> None:
    job = Job.from_definition(DEFINITION | {"NonOverridableArguments": {"--mode": "full"}})
    with pytest.raises(NotUnderstoodError, match="lake-words does not let a run change --mode"):
        job.arguments_of("jr_1", {"--mode": "part"})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Command": {"Name": "pythonshell", "ScriptLocation": "s3://a/b"}}, "command is 'pythonshell', the local cloud has glueetl"),
        ({"GlueVersion": "4.0"}, "Glue version is '4.0', the local cloud has 5.0, 5.1"),
        ({"WorkerType": "Z.2X"}, "worker type is 'Z.2X'"),
        ({"MaxRetries": 1}, "number of retries is 1, the local cloud has 0"),
        ({"Connections": {"Connections": ["vpc"]}}, "list of connections is"),
    ],
)
def test_a_job_that_needs_what_is_not_here_is_refused_by_name(change: dict[str, Any], told: str) -> None:
    with pytest.raises(NotUnderstoodError, match=told):
        Job.from_definition(DEFINITION | change)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"--extra-jars": "s3://a/b.jar"}, "--extra-jars .* is not in the local cloud"),
        ({"--datalake-formats": "hudi"}, "--datalake-formats is 'hudi', the local cloud has iceberg"),
        ({"--job-bookmark-option": "on"}, "job-bookmark-enable, job-bookmark-disable, job-bookmark-pause"),
    ],
)
def test_a_parameter_of_glue_that_means_nothing_here_is_refused_by_name(arguments: dict[str, str], told: str) -> None:
    with pytest.raises(NotUnderstoodError, match=told):
        Job.from_definition(DEFINITION).arguments_of("jr_1", arguments)


def test_chained_spark_settings_are_taken_apart() -> None:
    assert spark_settings("") == {}
    assert spark_settings("a=1 --conf b=x=y --conf c=two words") == {"a": "1", "b": "x=y", "c": "two words"}
    with pytest.raises(NotUnderstoodError, match="has 'b', expected name=value"):
        spark_settings("a=1 --conf b")
