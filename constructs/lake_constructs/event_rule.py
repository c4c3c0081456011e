"""Rules that lose no event."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
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
        name: str,
        pattern: events.EventPattern,
        machine: sfn.IStateMachine,
        undelivered: sqs.IQueue,
        role: iam.IRole,
    ) -> None:
        super().__init__(scope, construct_id)
        target = targets.SfnStateMachine(machine, dead_letter_queue=undelivered, max_event_age=Duration.hours(RETRY_HOURS), role=role)
        self.rule = events.Rule(self, "Rule", rule_name=name, event_pattern=pattern, targets=[target])
        # an event that comes before the role may start the machine is not tried again
        self.rule.node.add_dependency(role)


class ErrorObjectRule(Construct):
    """Tells a topic of each object under prefixes that nothing should come to."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        bucket: s3.IBucket,
        prefixes: Sequence[str],
        topic: sns.ITopic,
        undelivered: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        pattern = events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={"bucket": {"name": [bucket.bucket_name]}, "object": {"key": [{"prefix": prefix} for prefix in prefixes]}},
        )
        key = events.EventField.from_path("$.detail.object.key")
        text = events.RuleTargetInput.from_text(f"Object {key} holds records that could not be delivered; the runbook says what to do.")
        target = targets.SnsTopic(topic, message=text, dead_letter_queue=undelivered, max_event_age=Duration.hours(RETRY_HOURS))
        self.rule = events.Rule(self, "Rule", rule_name=name, event_pattern=pattern, targets=[target])


class JobFailureRule(Construct):
    """Tells a topic of each run of a Glue job that ended badly."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, job_prefix: str, topic: sns.ITopic, undelivered: sqs.IQueue
    ) -> None:
        super().__init__(scope, construct_id)
        # https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
        pattern = events.EventPattern(
            source=["aws.glue"],
            detail_type=["Glue Job State Change"],
            detail={"jobName": [{"prefix": job_prefix}], "state": ["FAILED", "TIMEOUT", "ERROR"]},
        )
        # what the message of a failed run holds may break the text, so it is left out
        job, run, state = (events.EventField.from_path(f"$.detail.{name}") for name in ("jobName", "jobRunId", "state"))
        text = events.RuleTargetInput.from_text(f"Run {run} of job {job} ended as {state}; its log and `./lake runs` say why.")
        target = targets.SnsTopic(topic, message=text, dead_letter_queue=undelivered, max_event_age=Duration.hours(RETRY_HOURS))
        self.rule = events.Rule(self, "Rule", rule_name=name, event_pattern=pattern, targets=[target])


class CutOffRule(Construct):
    """Tells a topic of each query of a workgroup that was cancelled, by Athena at its limit or by people."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, workgroup: str, topic: sns.ITopic, undelivered: sqs.IQueue
    ) -> None:
        super().__init__(scope, construct_id)
        # https://docs.aws.amazon.com/athena/latest/ug/athena-events.html
        pattern = events.EventPattern(
            source=["aws.athena"],
            detail_type=["Athena Query State Change"],
            detail={"workgroupName": [workgroup], "currentState": ["CANCELLED"]},
        )
        query = events.EventField.from_path("$.detail.queryExecutionId")
        text = events.RuleTargetInput.from_text(f"Query {query} was cancelled; Athena's history of the workgroup {workgroup} says why.")
        target = targets.SnsTopic(topic, message=text, dead_letter_queue=undelivered, max_event_age=Duration.hours(RETRY_HOURS))
        self.rule = events.Rule(self, "Rule", rule_name=name, event_pattern=pattern, targets=[target])
