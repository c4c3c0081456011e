"""Alarms, dashboards, schedules and what is counted in logs."""

from local_cloud.client import client
from local_cloud.cloudformation.provisioners import physical_name
from local_cloud.cloudformation.resource import Own, Properties, ResourceType, properties
from local_cloud.environment import ACCOUNT, REGION
from local_cloud.events.schedules import unsupported
from local_cloud.shapes import parameters

OF_SCHEDULE = properties(
    "ActionAfterCompletion Description EndDate FlexibleTimeWindow GroupName KmsKeyArn Name ScheduleExpression ScheduleExpressionTimezone",
    "StartDate State Target",
)


def make_alarm(logical_id: str, new: Properties, stack: str) -> tuple[str, Properties]:
    """Create an alarm on metrics; ministack's own handler knows no metric math."""
    return _put("put_metric_alarm", "PutMetricAlarm", {"AlarmName": physical_name(stack, logical_id), **new})


def make_composite_alarm(logical_id: str, new: Properties, stack: str) -> tuple[str, Properties]:
    """Create an alarm on alarms, which ministack's templates do not have."""
    return _put("put_composite_alarm", "PutCompositeAlarm", {"AlarmName": physical_name(stack, logical_id), **new})


def change_alarm(name: str, old: Properties, new: Properties) -> Properties:
    """Put all of an alarm anew."""
    return make_alarm("", _of_same_name(name, old, new), "")[1]


def change_composite_alarm(name: str, old: Properties, new: Properties) -> Properties:
    """The same for an alarm on alarms."""
    return make_composite_alarm("", _of_same_name(name, old, new), "")[1]


def _of_same_name(name: str, old: Properties, new: Properties) -> Properties:
    if new.get("AlarmName") != old.get("AlarmName"):
        raise ValueError(f"alarm {name} would have to be replaced; give the one with another name another logical id too")
    return {**new, "AlarmName": name}


def delete_alarm(name: str, _: Properties) -> None:
    """Delete an alarm of either kind; one that is gone is no failure."""
    client("cloudwatch").delete_alarms(AlarmNames=[name])


def _put(method: str, operation: str, given: Properties) -> tuple[str, Properties]:
    put = parameters("cloudwatch", operation, {name: value for name, value in given.items() if name != "Tags"})
    name = put["AlarmName"]
    getattr(client("cloudwatch"), method)(**put)
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
    if tags := given.get("Tags"):
        client("cloudwatch").tag_resource(ResourceARN=arn, Tags=tags)
    return name, {"Arn": arn}


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
            "InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Tags Threshold TreatMissingData Unit",
        ),
        own=Own(make_alarm, delete_alarm, change_alarm),
    ),
    ResourceType(
        "AWS::CloudWatch::CompositeAlarm",
        properties(
            "ActionsEnabled ActionsSuppressor ActionsSuppressorExtensionPeriod ActionsSuppressorWaitPeriod AlarmActions AlarmDescription",
            "AlarmName AlarmRule InsufficientDataActions OKActions Tags",
        ),
        own=Own(make_composite_alarm, delete_alarm, change_composite_alarm),
    ),
    ResourceType("AWS::CloudWatch::Dashboard", properties("DashboardBody DashboardName")),
    ResourceType("AWS::Logs::MetricFilter", properties("FilterName FilterPattern LogGroupName MetricTransformations")),
    ResourceType("AWS::Scheduler::Schedule", OF_SCHEDULE, complete=complete_schedule),
    ResourceType("AWS::Scheduler::ScheduleGroup", properties("Name Tags")),
)
