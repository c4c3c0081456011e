"""Who looks after executions that ended badly, and finds what no event brought about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.access import use_items
from lake_constructs.event_rule import MachineRule
from lake_constructs.machines import load, refresh
from lake_constructs.machines.ended import EndedTargets, ended
from lake_constructs.machines.lease import LEASE, LOAD_LEASE
from lake_constructs.machines.sweep import SweepTargets, sweep, swept
from lake_constructs.schedule import MachineSchedule
from lake_constructs.state_machine import LakeMachine
from stacks.names import ENDED, LOAD, LOAD_ENDED, LOAD_SWEEP, REFRESH, SWEEP, Names
from stacks.storage_stack import StorageStack

SWEEP_MINUTES = 30


@dataclass(frozen=True, kw_only=True)
class Cared:
    """A machine whose executions hold leases.

    Attributes:
        machine: its part of the names of the lake; `ended` and `sweep` are those of the two that look after it.
        prefix: what the errors of its own failure path begin with.
        lease: item of the ledger.
        runs_jobs: whether it runs Glue jobs, whose data arrives as objects; else it follows publications alone.
    """

    machine: str
    ended: str
    sweep: str
    prefix: str
    lease: str
    runs_jobs: bool


REFRESHES = Cared(machine=REFRESH, ended=ENDED, sweep=SWEEP, prefix=refresh.FAILED_PREFIX, lease=LEASE, runs_jobs=True)
LOADS = Cared(machine=LOAD, ended=LOAD_ENDED, sweep=LOAD_SWEEP, prefix=load.FAILED_PREFIX, lease=LOAD_LEASE, runs_jobs=False)


def of_refreshes(contracts: Mapping[str, Contract]) -> list[dict[str, Any]]:
    """Return what the sweep of refreshes looks at."""
    return [swept(c.name, inputs=c.inputs, places=[source.location for source in c.sources]) for c in contracts.values()]


def of_loads(natives: Sequence[Contract]) -> list[dict[str, Any]]:
    """Return what the sweep of loads looks at: a copy is behind where its product was published since."""
    return [swept(contract.name, inputs=[contract.name]) for contract in natives]


class Aftercare(Construct):
    """The two machines, the rule that starts the one and the schedule that starts the other."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        storage: StorageStack,
        failures: sns.ITopic,
        undelivered: sqs.IQueue,
        cared: Cared,
        datasets: Sequence[Mapping[str, Any]],
    ) -> None:
        super().__init__(scope, construct_id)
        self.names, self.storage, self.cared, self.failures = Names(settings.name), storage, cared, failures
        machine, ledger = self._machine_arn(cared.machine), storage.ledger.table_name
        log: Mapping[str, Any] = {
            "encryption_key": storage.key,
            "log_days": settings.logs.retention_days,
            "kind": sfn.StateMachineType.EXPRESS,
        }
        to_end = EndedTargets(
            ledger=ledger,
            machine=machine,
            prefix=cared.prefix,
            what=cared.machine,
            lease=cared.lease,
            failures=failures.topic_arn,
            job_prefix=f"{settings.name}-" if cared.runs_jobs else None,
        )
        after = LakeMachine(
            self, "Ended", name=self.names.of(cared.ended), definition=ended(to_end), statements=self._ended_statements(), **log
        ).machine
        raw = storage.buckets[Zone.RAW].bucket_name if cared.runs_jobs else None
        to_sweep = SweepTargets(ledger=ledger, machine=machine, ended=self._machine_arn(cared.ended), lease=cared.lease, raw=raw)
        sweeping = LakeMachine(
            self,
            "Sweep",
            name=self.names.of(cared.sweep),
            definition=sweep(to_sweep, datasets),
            statements=self._sweep_statements(),
            **log,
        ).machine
        MachineSchedule(self, "Schedule", name=self.names.of(cared.sweep), machine=sweeping, minutes=SWEEP_MINUTES)
        role = iam.Role(self, "RuleRole", assumed_by=iam.ServicePrincipal("events.amazonaws.com"), description="Tells of what ended badly.")
        # https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
        pattern = events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={"stateMachineArn": [machine], "status": ["FAILED", "TIMED_OUT", "ABORTED"]},
        )
        MachineRule(self, "Rule", name=self.names.of(cared.ended), pattern=pattern, machine=after, undelivered=undelivered, role=role)

    def _machine_arn(self, part: str) -> str:
        return self._states_arn("stateMachine", self.names.of(part))

    def _states_arn(self, kind: str, name: str) -> str:
        return Stack.of(self).format_arn(service="states", resource=kind, resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME)

    def _start(self, *parts: str) -> iam.PolicyStatement:
        return iam.PolicyStatement(sid="Start", actions=["states:StartExecution"], resources=[self._machine_arn(part) for part in parts])

    def _use_key(self) -> iam.PolicyStatement:
        actions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
        return iam.PolicyStatement(sid="UseKey", actions=actions, resources=[self.storage.key.key_arn])

    def _ended_statements(self) -> list[iam.PolicyStatement]:
        jobs = Stack.of(self).format_arn(service="glue", resource="job", resource_name=f"{self.names.lake}-*")
        stop = iam.PolicyStatement(sid="StopJobs", actions=["glue:GetJobRuns", "glue:BatchStopJobRun"], resources=[jobs])
        return [
            use_items("KeepRuns", self.storage.ledger, None, ["dynamodb:UpdateItem"]),
            iam.PolicyStatement(sid="TellOfFailure", actions=["sns:Publish"], resources=[self.failures.topic_arn]),
            self._start(self.cared.machine),
            self._use_key(),
            *([stop] if self.cared.runs_jobs else []),
        ]

    def _sweep_statements(self) -> list[iam.PolicyStatement]:
        executions = self._states_arn("execution", f"{self.names.of(self.cared.machine)}:*")
        raw = self.storage.buckets[Zone.RAW].bucket_arn
        look = iam.PolicyStatement(sid="FindObjects", actions=["s3:ListBucketVersions"], resources=[raw])
        keep = ["dynamodb:BatchGetItem", "dynamodb:UpdateItem", *(["dynamodb:PutItem"] if self.cared.runs_jobs else [])]
        return [
            use_items("KeepLeases", self.storage.ledger, None, keep),
            iam.PolicyStatement(sid="IsHolderAlive", actions=["states:DescribeExecution"], resources=[executions]),
            self._start(self.cared.machine, self.cared.ended),
            self._use_key(),
            *([look] if self.cared.runs_jobs else []),
        ]
