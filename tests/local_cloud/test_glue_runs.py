"""How runs of jobs go, with scripts that need no Spark."""

import json
import os
import signal
from collections.abc import Iterator

import pytest

from tests.local_cloud.jobs import GlueJob
from tests.local_cloud.running import LocalCloud, refusal, until

WAITS = "import time; print('up', flush=True); time.sleep(60)"


@pytest.fixture(scope="module")
def job(cloud: LocalCloud) -> GlueJob:
    return GlueJob(cloud, "runs").create({"--mode": "full"})


@pytest.fixture
def live(job: GlueJob) -> Iterator[str]:
    """A run that has begun to wait for a minute."""
    job.script(WAITS)
    run_id = job.start()
    job.said(run_id, "up")
    yield run_id
    job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[run_id])
    job.ended(run_id)


def has_ended(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_script_gets_its_arguments_its_library_and_the_credentials_of_its_role_alone(job: GlueJob) -> None:
    job.script(
        "import boto3, json, os, sys\nimport words\n"
        "told = [words.GREETING, sys.argv[1:5], boto3.client('sts').get_caller_identity()['Arn'], os.environ.get('AWS_PROFILE'), os.environ.get('HTTPS_PROXY')]\n"
        "print(json.dumps(told), any(os.path.exists(os.path.join(path, 'local_cloud')) for path in sys.path))"
    )
    run = job.run(**{"extra-py-files": job.library(words="GREETING = 'hello'")})
    told, _, sees_the_repository = job.log(run["Id"]).strip().rpartition(" ")
    assert run["JobRunState"] == "SUCCEEDED", run
    assert sees_the_repository == "False"
    greeting, arguments, identity, *nothing = json.loads(told)
    assert (greeting, arguments[:2], nothing) == ("hello", ["--mode", "full"], [None, None])
    assert identity.startswith("arn:aws:sts::000000000000:assumed-role/runs/jr_")


def test_the_log_groups_have_the_prefix_that_the_job_names(job: GlueJob) -> None:
    job.script("print('out')")
    run = job.run(**{"custom-logGroup-prefix": "/aws-glue/jobs/ours"})
    events = job.cloud.client("logs").get_log_events(logGroupName="/aws-glue/jobs/ours/output", logStreamName=run["Id"])["events"]
    assert [event["message"] for event in events] == ["out"]


def test_an_exception_is_the_error_message_and_both_streams_are_in_the_logs_of_glue(job: GlueJob) -> None:
    job.script("import sys\nprint('out')\nprint('err', file=sys.stderr)\nraise ValueError('no such carrier: ZZ')")
    run = job.run()
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: no such carrier: ZZ")
    logs = job.cloud.client("logs")
    said = {
        group: [
            event["message"] for event in logs.get_log_events(logGroupName=f"/aws-glue/jobs/{group}", logStreamName=run["Id"])["events"]
        ]
        for group in ("output", "error")
    }
    assert said["output"] == ["out"]
    assert (said["error"][0], said["error"][-1]) == ("err", "ValueError: no such carrier: ZZ")


def test_a_script_that_leaves_with_a_code_has_failed_and_one_that_leaves_with_none_has_not(job: GlueJob) -> None:
    job.script("raise SystemExit(3)")
    assert job.run()["ErrorMessage"] == "SystemExit: 3"
    job.script("raise SystemExit")
    assert job.run()["JobRunState"] == "SUCCEEDED"


def test_a_missing_argument_is_named_as_glue_names_it(job: GlueJob) -> None:
    job.script("import sys\nfrom awsglue.utils import getResolvedOptions\ngetResolvedOptions(sys.argv, ['JOB_NAME', 'contract'])")
    assert job.run()["ErrorMessage"] == "GlueArgumentError: the following arguments are required: --contract"


def test_a_run_whose_role_cannot_read_the_script_fails_naming_the_action(job: GlueJob) -> None:
    job.script("")
    give_back = job.without("assets")
    run = job.run()
    give_back()
    assert run["JobRunState"] == "FAILED"
    assert "s3:GetObject" in run["ErrorMessage"]


def test_a_denial_that_the_script_does_not_tell_is_told_with_its_resource(job: GlueJob) -> None:
    job.script(
        "import boto3\ntry:\n    boto3.client('s3').put_object(Bucket='runs-assets', Key='k')\n"
        "except Exception as error:\n    raise ValueError('gone wrong') from error"
    )
    told = job.run()["ErrorMessage"]
    assert told.startswith("ValueError: gone wrong\nAccessDenied: User: arn:aws:sts::000000000000:assumed-role/runs/jr_")
    assert told.endswith("is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::runs-assets/k")


def test_a_run_that_is_denied_the_same_again_and_again_is_ended(job: GlueJob) -> None:
    job.script(
        "import boto3\nfrom botocore.exceptions import ClientError\ns3 = boto3.client('s3')\nfor _ in range(1000):\n"
        "    try:\n        s3.put_object(Bucket='runs-assets', Key='k')\n    except ClientError:\n        continue"
    )
    told = job.run()["ErrorMessage"]
    assert told.startswith("The local cloud ended the job after it was denied the same request 5 times\nAccessDenied")


def test_a_killed_process_makes_the_run_fail(job: GlueJob, live: str) -> None:
    os.kill(job.process_id(live), signal.SIGKILL)
    run = job.ended(live)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "The job's process was killed by SIGKILL")


def test_a_stopped_run_ends_with_its_process(job: GlueJob, live: str) -> None:
    process_id = job.process_id(live)
    answer = job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[live, "jr_unknown"])
    assert [error["JobRunId"] for error in answer["Errors"]] == ["jr_unknown"]
    assert job.ended(live)["JobRunState"] == "STOPPED"
    assert has_ended(process_id)


def test_a_second_run_at_a_time_is_refused_as_on_aws(job: GlueJob, live: str) -> None:
    assert refusal(job.glue.start_job_run, JobName=job.name) == "ConcurrentRunsExceededException: Concurrent runs exceeded for runs"
    assert job.describe(live)["JobRunState"] == "RUNNING"


def test_what_is_not_understood_is_refused_before_it_runs(job: GlueJob) -> None:
    told = refusal(job.glue.start_job_run, JobName=job.name, Arguments={"--extra-jars": "s3://a/b.jar"})
    assert told == "InvalidInputException: the job parameter --extra-jars ('s3://a/b.jar') is not in the local cloud"
    assert "job nothing not found" in refusal(job.glue.start_job_run, JobName="nothing")


def test_runs_are_listed_the_newest_first_page_by_page(job: GlueJob) -> None:
    job.script("")
    job.run()
    newest = job.run()["Id"]
    first = job.glue.get_job_runs(JobName=job.name, MaxResults=1)
    assert [run["Id"] for run in first["JobRuns"]] == [newest]
    rest = job.glue.get_job_runs(JobName=job.name, NextToken=first["NextToken"])["JobRuns"]
    assert newest not in [run["Id"] for run in rest]


def test_a_job_keeps_all_of_its_definition(job: GlueJob) -> None:
    definition = job.glue.get_job(JobName=job.name)["Job"]
    update = {name: definition[name] for name in ("Role", "Command", "GlueVersion", "DefaultArguments")}
    job.glue.update_job(JobName=job.name, JobUpdate=update | {"ExecutionProperty": {"MaxConcurrentRuns": 1}, "JobRunQueuingEnabled": True})
    changed = job.glue.get_job(JobName=job.name)["Job"]
    assert (changed["ExecutionProperty"], changed["JobRunQueuingEnabled"]) == ({"MaxConcurrentRuns": 1}, True)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_ends_with_the_local_cloud_and_has_failed_when_that_starts_again(own_cloud: LocalCloud, how: signal.Signals) -> None:
    own_cloud.start()
    job = GlueJob(own_cloud, "outlived").create()
    job.script(WAITS)
    run_id = job.start()
    job.said(run_id, "up")
    process_id = job.process_id(run_id)
    own_cloud.end(how)
    until(lambda: has_ended(process_id))
    own_cloud.start()
    run = job.describe(run_id)
    assert run["JobRunState"] == "FAILED"
