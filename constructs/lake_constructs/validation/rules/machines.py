"""State machines: their definitions, their logs, and that they may do what their tasks do."""

import json
from collections.abc import Iterator
from typing import Any

from lake_constructs.validation.definition import levels, problems
from lake_constructs.validation.policies import of_role, role_allows
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

MACHINE = "AWS::StepFunctions::StateMachine"
LOG_PREFIX = "/aws/vendedlogs/states/"
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonstatesandstepfunctions.html and its likes:
# the service's name in a task's resource -> its prefix in policies, where the two differ
PREFIXES = {"eventbridge": "events", "sfn": "states", "cloudwatchlogs": "logs", "redshiftdata": "redshift-data"}
# an operation whose action has another name: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
ACTIONS = {"s3:listObjectVersions": "s3:ListBucketVersions"}
# whoever runs statements without a secret signs in by IAM
SIGNED_IN = {"redshiftdata:batchExecuteStatement": "redshift-serverless:GetCredentials"}
SYNCHRONOUS = {"glue:startJobRun": ("glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun")}
# tasks that hand a role to a service; the role stands in the task itself, or in the items of the Map around it
PASSING = ("glue:CreateTableOptimizer", "glue:UpdateTableOptimizer")
# the argument that says what a task acts on, and the form of its ARN
ON = {
    "TableName": "arn:aws:dynamodb:{region}:{account}:table/{value}",
    "JobName": "arn:aws:glue:{region}:{account}:job/{value}",
    "TopicArn": "{value}",
    "StateMachineArn": "{value}",
    "QueueUrl": "arn:aws:sqs:{region}:{account}:{value}",
}


def definition_of(templates: Templates, machine: Resource) -> dict[str, Any]:
    """Return a machine's definition with its references as text.

    Raises:
        ValueError: it is not JSON.
    """
    properties = machine.properties
    text = templates.text(machine.stack, properties.get("DefinitionString", properties.get("Definition", "")))
    found: dict[str, Any] = json.loads(text)
    return found


@rule(MACHINE, mend="correct the definition; an execution would fail when it gets there, or AWS refuse the machine")
def definition_is_valid(templates: Templates, machine: Resource) -> Iterator[str]:
    """States that lead nowhere, tasks without end, failures that end green."""
    try:
        definition = definition_of(templates, machine)
    except ValueError as error:
        yield f"its definition is not JSON: {error}"
        return
    yield from problems(definition, express=machine.properties.get("StateMachineType") == "EXPRESS")


@rule(MACHINE, mend=f"name the log group {LOG_PREFIX}NAME")
def log_group_has_the_vended_prefix(templates: Templates, machine: Resource) -> Iterator[str]:
    """Another name adds to the log resource policy of the account, which holds 5120 characters: https://github.com/aws/aws-cdk/issues/28577"""
    for destination in machine.properties.get("LoggingConfiguration", {}).get("Destinations", []):
        arn = templates.text(machine.stack, destination["CloudWatchLogsLogGroup"]["LogGroupArn"])
        if f":log-group:{LOG_PREFIX}" not in arn:
            yield f"it logs to {arn}, whose name does not start with {LOG_PREFIX}"
        if not arn.endswith(":*"):
            yield f"the ARN of its log group {arn} does not end in :*"


@rule(MACHINE, mend="allow it in the policy of the machine's role")
def role_may_do_what_the_tasks_do(templates: Templates, machine: Resource) -> Iterator[str]:
    """A task that its role may not run fails when an execution gets there."""
    role = templates.target(machine.stack, machine.properties.get("RoleArn"))
    try:
        definition = definition_of(templates, machine)
    except ValueError:
        return  # told by another rule
    held = of_role(templates, role) if role else []
    for name, state in ((name, state) for level in levels(definition) for name, state in level.get("States", {}).items()):
        for action in _actions(str(state.get("Resource", ""))):
            on = _acts_on(machine, state.get("Arguments", {}))
            allowed = role_allows(held, action, on) if on else any(statement.allows and statement.speaks_of(action) for statement in held)
            if role and not allowed:
                yield f"its role {role} may not call {action} on {on or 'anything'}, which state {name} does"
            for passed in passed_roles(definition) if action in PASSING else ():
                if role and not role_allows(held, "iam:PassRole", passed):
                    yield f"its role {role} may not call iam:PassRole on {passed}, which state {name} does"


@rule(MACHINE, mend="allow them on * in the policy of the machine's role")
def role_may_write_log_and_trace(templates: Templates, machine: Resource) -> Iterator[str]:
    """Creating a machine that logs fails without the delivery's actions; one that traces loses its traces silently."""
    role = templates.target(machine.stack, machine.properties.get("RoleArn"))
    wanted = []
    if machine.properties.get("LoggingConfiguration", {}).get("Level", "OFF") != "OFF":
        # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
        for action in ("CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"):
            wanted.append(f"logs:{action}")
        wanted += ["logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"]
    if machine.properties.get("TracingConfiguration", {}).get("Enabled"):
        wanted += ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"]
    held = of_role(templates, role) if role else []
    lost = [action for action in wanted if not role_allows(held, action, "*")]
    if role and lost:
        yield f"its role {role} may not call {', '.join(lost)}"


def passed_roles(value: Any) -> set[str]:
    """Return the ARNs of roles that stand anywhere in a definition as `RoleArn`."""
    children = [*value.items()] if isinstance(value, dict) else [*enumerate(value)] if isinstance(value, list) else []
    own = {child for key, child in children if key == "RoleArn" and isinstance(child, str)}
    return own.union(*(passed_roles(child) for _, child in children))


def _actions(resource: str) -> Iterator[str]:
    if not resource.startswith("arn:aws:states:::"):
        return
    service, _, action = resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").partition(":")
    call, _, pattern = action.partition(".")
    yield ACTIONS.get(f"{service}:{call}", f"{PREFIXES.get(service, service)}:{call[:1].upper()}{call[1:]}")
    if f"{service}:{call}" in SIGNED_IN:
        yield SIGNED_IN[f"{service}:{call}"]
    if pattern.startswith("sync"):
        yield from SYNCHRONOUS.get(f"{service}:{call}", ())


def _acts_on(machine: Resource, arguments: Any) -> str | None:
    """Return what a task acts on; None where an expression decides it, or nothing says it."""
    for name, form in ON.items():
        value = arguments.get(name) if isinstance(arguments, dict) else None
        if isinstance(value, str) and not value.startswith("{%"):
            acts_on = form.format(region=machine.stack.region, account=machine.stack.account, value=value)
            return f"{acts_on}/index/{arguments['IndexName']}" if "IndexName" in arguments else acts_on
    return None
