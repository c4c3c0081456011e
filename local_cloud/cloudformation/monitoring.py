"""Alarms, dashboards and schedules."""

from local_cloud.client import client
from local_cloud.cloudformation.resource import Properties, ResourceType, properties
from local_cloud.cloudwatch.refusals import unevaluated
from local_cloud.events.schedules import unsupported
from local_cloud.shapes import parameters

OF_SCHEDULE = properties(
    "ActionAfterCompletion Description EndDate FlexibleTimeWindow GroupName KmsKeyArn Name ScheduleExpression ScheduleExpressionTimezone",
    "StartDate State Target",
)


def check_alarm(name: str, new: Properties, _: Properties) -> None:
    """Refuse an alarm that would not be evaluated as it says."""
    problems = unevaluated(new)
    if problems:
        raise ValueError(f"alarm {name} is not in the local cloud: {'; '.join(problems)}")


def complete_schedule(name: str, new: Properties, _: Properties) -> None:
    """Put all of a schedule: ministack's own handler drops times, time zone and key, and leaves what a template no longer says."""
    problems = unsupported(new)
    if problems:
        raise ValueError(f"schedule {name} is not in the local cloud: {'; '.join(problems)}")
    client("scheduler").update_schedule(**parameters("scheduler", "UpdateSchedule", {**new, "Name": name}))


TYPES = (
    ResourceType(
        "AWS::CloudWatch::Alarm",
        properties(
            "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions EvaluationPeriods",
            "InsufficientDataActions MetricName Namespace OKActions Period Statistic Tags Threshold TreatMissingData Unit",
        ),
        complete=check_alarm,
    ),
    ResourceType("AWS::CloudWatch::Dashboard", properties("DashboardBody DashboardName")),
    ResourceType("AWS::Scheduler::Schedule", OF_SCHEDULE, complete=complete_schedule),
    ResourceType("AWS::Scheduler::ScheduleGroup", properties("Name Tags")),
)
