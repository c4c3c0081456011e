"""Which metrics there are: what AWS sends of the resources of an app, and what the app sends itself."""

import json
from collections.abc import Mapping

from glue_jobs.common import metrics
from lake_constructs.machines import freshness
from lake_constructs.pull_alarms import NEW_RECORDS
from lake_constructs.validation.rules.metrics import METRICS
from tests.stacks.synthesis import Assembly

OWN, UPKEEP, RUNS, STANDING = "Lake/Freshness", "Lake/Upkeep", "Lake/Runs", "Lake/Standing"
PULL, LOG_ERRORS = "Lake/Pull", "Lake/LogErrors"
BY_MACHINES = (OWN, UPKEEP, STANDING)
"""Namespaces that a machine sends to by a schedule: where nothing comes, nobody looks."""
DOCS = "https://docs.aws.amazon.com/"
WATCHED = {
    # namespace -> the dimension's name, the type of what it names, the property that has its name, the page that says so
    "AWS/States": (
        "StateMachineArn",
        "AWS::StepFunctions::StateMachine",
        "StateMachineName",
        f"{DOCS}step-functions/latest/dg/procedure-cw-metrics.html",
    ),
    "AWS/Events": ("RuleName", "AWS::Events::Rule", "Name", f"{DOCS}eventbridge/latest/userguide/eb-monitoring.html"),
    "AWS/SQS": (
        "QueueName",
        "AWS::SQS::Queue",
        "QueueName",
        f"{DOCS}AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    ),
    "AWS/Kinesis": ("StreamName", "AWS::Kinesis::Stream", "Name", f"{DOCS}streams/latest/dev/monitoring-with-cloudwatch.html"),
    "AWS/Firehose": (
        "DeliveryStreamName",
        "AWS::KinesisFirehose::DeliveryStream",
        "DeliveryStreamName",
        f"{DOCS}firehose/latest/dev/monitoring-with-cloudwatch-metrics.html",
    ),
    "AWS/Lambda": ("FunctionName", "AWS::Lambda::Function", "FunctionName", f"{DOCS}lambda/latest/dg/monitoring-metrics-types.html"),
    "AWS/Logs": (
        "LogGroupName",
        "AWS::Logs::LogGroup",
        "LogGroupName",
        f"{DOCS}AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html",
    ),
    "Glue": ("JobName", "AWS::Glue::Job", "Name", f"{DOCS}glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html"),
    "AWS/Redshift-Serverless": (
        "Workgroup",
        "AWS::RedshiftServerless::Workgroup",
        "WorkgroupName",
        f"{DOCS}redshift/latest/mgmt/serverless-monitoring.html",
    ),
}
SENT = {
    # namespace -> dimensions, who sends it
    OWN: (("Dataset", "Lake"), "the machine `freshness`, every 15 minutes; `Measured` of the lake alone"),
    UPKEEP: (("Lake",), "the machine `upkeep`, every 30 minutes"),
    STANDING: (("Lake",), "the machine `standing`, every 15 minutes"),
    RUNS: (("Lake",), "each job, when a run ends"),
    PULL: (("service",), "the function that pulls, when a pull ends"),
    LOG_ERRORS: ((), "the filters on logs, of each error line"),
}
MORE = {"Glue": {"JobRunId": "ALL", "Type": "count"}}
"""Dimensions besides, which have one value."""


def names(assembly: Assembly, kind: str, member: str) -> set[str]:
    return {resource["Properties"][member] for resource in assembly.resources(kind).values() if member in resource["Properties"]}


def measured(assembly: Assembly) -> set[str]:
    """Return the datasets whose age the machine sends."""
    return {name for group in json.loads(machine(assembly, "freshness"))["States"]["EachGroup"]["Items"] for name in group["datasets"]}


def machine(assembly: Assembly, part: str) -> str:
    """Return the definition of a machine, its references left out."""
    machines = [found["Properties"] for found in assembly.resources("AWS::StepFunctions::StateMachine").values()]
    (definition,) = [found["DefinitionString"] for found in machines if found["StateMachineName"].endswith(f"-{part}")]
    return "".join(piece for piece in definition["Fn::Join"][1] if isinstance(piece, str))


def sender(assembly: Assembly, namespace: str) -> str:
    """Return what sends the metrics of a namespace of ours, as text in which their names and the name of the lake stand."""
    if namespace == RUNS:
        jobs = [job["Properties"]["DefaultArguments"]["--lake"] for job in assembly.resources("AWS::Glue::Job").values()]
        return f"{RUNS} {jobs} {vars(metrics)}" if may_send(assembly, RUNS, "Processing") else ""
    part = namespace.rpartition("/")[2].lower()
    return machine(assembly, part) if may_send(assembly, namespace, "Monitoring") else ""


def may_send(assembly: Assembly, namespace: str, stack: str) -> bool:
    """Whether a policy of a stack lets send to a namespace; of jobs, the policy of each."""
    policies = [
        found["Properties"]["PolicyDocument"] for (name, _), found in assembly.resources("AWS::IAM::Policy").items() if stack in name
    ]
    sending = [s for policy in policies for s in policy["Statement"] if "cloudwatch:PutMetricData" in str(s["Action"])]
    found = [f"'{namespace}'" in str(statement["Condition"]) for statement in sending]
    return all(found) if namespace == RUNS else any(found)


def unsent(assembly: Assembly, namespace: str, metric: str, found: Mapping[str, str]) -> str | None:
    """Return why nothing of this app sends a metric with these dimensions; None where something does."""
    if namespace in SENT:
        return _unsent_by_us(assembly, namespace, metric, found)
    if namespace not in WATCHED:
        return f"no namespace {namespace}"
    dimension, kind, member, _ = WATCHED[namespace]
    if metric not in METRICS[namespace][0]:
        return f"{namespace} has no metric {metric}"
    more = MORE.get(namespace, {})
    if found.keys() != {dimension, *more} or any(found[name] != value for name, value in more.items()):
        return f"{namespace} has {dimension}, not {found}"
    name = found[dimension].rpartition(":")[2]
    return None if name in names(assembly, kind, member) else f"no {kind} is called {name}"


def _unsent_by_us(assembly: Assembly, namespace: str, metric: str, found: Mapping[str, str]) -> str | None:
    if namespace == LOG_ERRORS:
        return None if metric in counted(assembly) and not found else f"no filter counts {metric} by {found}"
    if namespace == PULL:
        functions = names(assembly, "AWS::Lambda::Function", "FunctionName")
        known = metric == NEW_RECORDS and found.keys() == {"service"} and found["service"] in functions
        return None if known else f"no function sends {metric} by {found}"
    wanted = ("Lake",) if metric == freshness.MEASURED else SENT[namespace][0]
    if tuple(sorted(found)) != wanted:
        return f"{namespace} {metric} has {wanted}, not {found}"
    if "Dataset" in found and found["Dataset"] not in measured(assembly):
        return f"nobody measures {found}"
    told = sender(assembly, namespace).replace('"', "'")
    return None if all(f"'{text}'" in told for text in (metric, found["Lake"])) else f"nobody sends {metric} of {found['Lake']}"


def counted(assembly: Assembly) -> set[str]:
    """Return the metrics of the filters on log groups of this app."""
    groups = {name for _, name in assembly.resources("AWS::Logs::LogGroup")}
    filters = [found["Properties"] for found in assembly.resources("AWS::Logs::MetricFilter").values()]
    return {
        sent["MetricName"]
        for found in filters
        if found["LogGroupName"]["Ref"] in groups
        for sent in found["MetricTransformations"]
        if sent["MetricNamespace"] == LOG_ERRORS
    }
