"""Roles: whom they trust, and that they can do their work from the first moment on."""

from collections.abc import Iterator
from typing import Any

from lake_constructs.validation.policies import many, of_role, policies_of, role_allows, statements
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates, references

ROLE_KEYS = ("ExecutionRoleArn", "Role", "RoleARN", "RoleArn", "ServiceRole")
# who takes on the role of a resource; Glue's table optimizers and crawlers are Glue too
TRUSTED = {
    "AWS::Events::Rule": "events.amazonaws.com",
    "AWS::Glue::Crawler": "glue.amazonaws.com",
    "AWS::Glue::Job": "glue.amazonaws.com",
    "AWS::Glue::TableOptimizer": "glue.amazonaws.com",
    "AWS::KinesisFirehose::DeliveryStream": "firehose.amazonaws.com",
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::Scheduler::Schedule": "scheduler.amazonaws.com",
    "AWS::StepFunctions::StateMachine": "states.amazonaws.com",
}
SENT_TO = {"AWS::SQS::Queue": "sqs:SendMessage", "AWS::SNS::Topic": "sns:Publish"}
STARTED_BY = {"AWS::StepFunctions::StateMachine": "states:StartExecution", "AWS::Lambda::Function": "lambda:InvokeFunction"}


def roles_used(templates: Templates, resource: Resource) -> list[Resource]:
    """Return the roles under which a resource works."""
    found = [role for value in _role_values(resource.properties) for role in templates.targets(resource.stack, value)]
    return [role for role in dict.fromkeys(found) if role.type == "AWS::IAM::Role"]


def _role_values(value: Any) -> Iterator[Any]:
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key in ROLE_KEYS:
            yield child
        yield from _role_values(child)


def created_before(templates: Templates, resource: Resource) -> set[str]:
    """Return the logical ids that CloudFormation creates before a resource: what it depends on, refers to, and so on."""
    everything = resource.stack.template["Resources"]
    found: set[str] = set()
    waiting = [resource.logical_id]
    while waiting:
        body = everything[waiting.pop()]
        names = {reference.name for reference in references(resource.stack.name, body.get("Properties", {})) if not reference.is_output}
        new = ({*names, *many(body.get("DependsOn"))} & everything.keys()) - found
        found |= new
        waiting += new
    return found


@rule(*TRUSTED, mend="make it depend on the role's policies, as `node.add_dependency(role)` does")
def policy_is_there_before_what_uses_it(templates: Templates, user: Resource) -> Iterator[str]:
    """A role and its policy are two resources: what starts to work between them is denied, or refused at its creation."""
    before = created_before(templates, user)
    for role in roles_used(templates, user):
        for policy in policies_of(templates, role):
            if policy.stack is user.stack and policy.logical_id not in before:
                yield f"it may be created before {policy}, a policy of its role {role}"


@rule(*TRUSTED, mend="let the service take on the role in its AssumeRolePolicyDocument")
def role_trusts_its_service(templates: Templates, user: Resource) -> Iterator[str]:
    """A role that does not trust the service is refused when the resource is created, or when it first works."""
    service = TRUSTED[user.type]
    for role in roles_used(templates, user):
        trusted = statements(templates, role.stack, {"Statement": role.properties["AssumeRolePolicyDocument"]["Statement"]})
        if not any(held.allows and "sts:AssumeRole" in held.actions and service in held.services for held in trusted):
            yield f"its role {role} does not trust {service}"


@rule("AWS::Events::Rule", "AWS::Scheduler::Schedule", mend="allow it in the policy of the target's role")
def role_may_start_the_target(templates: Templates, source: Resource) -> Iterator[str]:
    """EventBridge starts a target under the target's role; without the permission each event goes to the dead letters, or is lost."""
    for target in many(source.properties.get("Targets", source.properties.get("Target"))):
        started = templates.target(source.stack, target.get("Arn"))
        role = templates.target(source.stack, target.get("RoleArn"))
        action = STARTED_BY.get(started.type) if started else None
        if started and role and action and not role_allows(of_role(templates, role), action, templates.identity(started)):
            yield f"the role {role} of its target may not call {action} on {started}"


@rule("AWS::Lambda::EventInvokeConfig", mend="allow it in the policy of the function's role")
def role_may_set_failures_aside(templates: Templates, rules: Resource) -> Iterator[str]:
    """Lambda sends what it could not do under the function's own role, and refuses a destination that the role may not send to."""
    function = templates.target(rules.stack, rules.properties.get("FunctionName"))
    role = templates.target(function.stack, function.properties.get("Role")) if function else None
    for side in rules.properties.get("DestinationConfig", {}).values():
        destination = templates.target(rules.stack, side.get("Destination"))
        action = SENT_TO.get(destination.type) if destination else None
        if role and destination and action and not role_allows(of_role(templates, role), action, templates.identity(destination)):
            yield f"the role {role} of its function may not call {action} on {destination}"
