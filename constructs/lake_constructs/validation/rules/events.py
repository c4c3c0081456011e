"""When things run: schedules and event patterns."""

from collections.abc import Iterator

from lake_constructs.validation.expressions import pattern_problems, schedule_problems
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

ONCE = "AWS::Scheduler::Schedule"


@rule(
    "AWS::Events::Rule",
    "AWS::Glue::Crawler",
    "AWS::Glue::Trigger",
    ONCE,
    mend="write it as https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html says",
)
def schedule_is_valid(templates: Templates, resource: Resource) -> Iterator[str]:
    """A schedule is a text to CloudFormation; the service refuses it at the deploy."""
    value = resource.properties.get("ScheduleExpression", resource.properties.get("Schedule"))
    if resource.type == "AWS::Glue::Crawler" and isinstance(value, dict):
        value = value.get("ScheduleExpression")
    if value is not None:
        yield from schedule_problems(templates.text(resource.stack, value), may_be_once=resource.type == ONCE)


@rule("AWS::Events::Rule", mend="correct the pattern; as it is, the rule would never, or always, act")
def event_pattern_is_valid(templates: Templates, resource: Resource) -> Iterator[str]:
    """A pattern that no event matches deploys, and stays silent."""
    if "EventPattern" in resource.properties:
        yield from pattern_problems(resource.properties["EventPattern"])
    elif "ScheduleExpression" not in resource.properties:
        yield "it has neither EventPattern nor ScheduleExpression"
