"""A rule that starts a state machine, and loses no event."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

RETRY_HOURS = 24  # the longest that EventBridge goes on trying


class MachineRule(Construct):
    """Starts a machine with each event of a pattern; what cannot be delivered goes to a queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pattern: events.EventPattern,
        machine: sfn.IStateMachine,
        undelivered: sqs.IQueue,
        role: iam.IRole,
    ) -> None:
        super().__init__(scope, construct_id)
        target = targets.SfnStateMachine(machine, dead_letter_queue=undelivered, max_event_age=Duration.hours(RETRY_HOURS), role=role)
        self.rule = events.Rule(self, "Rule", event_pattern=pattern, targets=[target])
        # an event that comes before the role may start the machine is not tried again
        self.rule.node.add_dependency(role)
