"""A schedule that starts a state machine."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct


class MachineSchedule(Construct):
    """Starts a machine every so many minutes.

    A start that failed is not made up for: the next one is near, and what it would have measured is missing, which alarms.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, machine: sfn.IStateMachine, minutes: int) -> None:
        super().__init__(scope, construct_id)
        this_account = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com", conditions=this_account),
            description=f"Starts {name}.",
        )
        every = Duration.minutes(minutes)
        schedule = scheduler.Schedule(
            self,
            "Schedule",
            schedule_name=name,
            description=f"Starts {name} every {minutes} minutes.",
            schedule=scheduler.ScheduleExpression.rate(every),
            target=targets.StepFunctionsStartExecution(machine, role=role, max_event_age=every, retry_attempts=2),
        )
        schedule.node.add_dependency(role)  # its policy too, which the schedule does not name
