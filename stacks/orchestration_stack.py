"""When things run."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from config.settings import QUEUE_MINUTES, Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.event_rule import MachineRule
from lake_constructs.machines.intake import IntakeTargets, intake
from lake_constructs.machines.refresh import RefreshTargets, refresh
from lake_constructs.notification import FailureTopic, UndeliveredQueue
from lake_constructs.state_machine import LakeMachine
from stacks.aftercare import REFRESHES, Aftercare, of_refreshes
from stacks.machine_permissions import MachinePermissions
from stacks.names import ARRIVED, INTAKE, REFRESH, REFRESHED, UNDELIVERED, Names
from stacks.storage_stack import StorageStack
from stacks.upkeep import LakeUpkeep


class OrchestrationStack(Stack):
    """Intake, refresh, and the rules between them; apart because it names jobs by convention and so depends on none."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        contracts: Mapping[str, Contract],
        storage: StorageStack,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        name, names, ledger = settings.name, Names(settings.name), storage.ledger.table_name
        self.failures = failures = FailureTopic(self, "Failures", encryption_key=storage.key, emails=settings.notify_each).topic
        undelivered = UndeliveredQueue(self, "Undelivered", name=names.of(UNDELIVERED), encryption_key=storage.key).queue
        permissions = MachinePermissions(self, name=name, storage=storage, failures=failures)
        refresh_arn = permissions.machine_arn("refresh")
        to_refresh = RefreshTargets(
            ledger=ledger,
            refresh=refresh_arn,
            failures=failures.topic_arn,
            job_prefix=f"{name}-",
            event_source=names.event_source,
            timeout_seconds=60 * (settings.processing.timeout_minutes + QUEUE_MINUTES),
        )
        upkeep = LakeUpkeep(self, "Upkeep", settings=settings, storage=storage)
        inputs = {c.name: c.inputs for c in contracts.values() if c.is_product}
        cadences = {c.name: c.cadence_seconds for c in contracts.values() if c.cadence_seconds}
        log: dict[str, Any] = {"encryption_key": storage.key, "log_days": settings.logs.retention_days}
        LakeMachine(
            self,
            "Refresh",
            name=names.of(REFRESH),
            kind=sfn.StateMachineType.STANDARD,
            definition=refresh(to_refresh, upkeep.of(contracts), inputs=inputs, cadences=cadences),
            statements=[*permissions.refresh(names.event_source), *upkeep.to_attach()],
            **log,
        ).node.add_dependency(upkeep)  # the role that it passes works at once
        machine = LakeMachine(
            self,
            "Intake",
            name=names.of(INTAKE),
            kind=sfn.StateMachineType.EXPRESS,
            definition=intake(
                IntakeTargets(ledger=ledger, refresh=refresh_arn, failures=failures.topic_arn),
                locations={c.name: [source.location for source in c.sources] for c in contracts.values() if c.sources},
                readers={dataset: [c.name for c in contracts.values() if dataset in c.inputs] for dataset in contracts},
            ),
            statements=permissions.intake(),
            **log,
        ).machine
        role = iam.Role(self, "RuleRole", assumed_by=iam.ServicePrincipal("events.amazonaws.com"), description="Starts intake.")
        raw = [storage.buckets[Zone.RAW].bucket_name]
        arrived = events.EventPattern(source=["aws.s3"], detail_type=["Object Created"], detail={"bucket": {"name": raw}})
        refreshed = events.EventPattern(source=[names.event_source], detail_type=["Dataset Refreshed", "Refresh Requested"])
        for rule, pattern in {ARRIVED: arrived, REFRESHED: refreshed}.items():
            MachineRule(self, rule.title(), name=names.of(rule), pattern=pattern, machine=machine, undelivered=undelivered, role=role)
        told: dict[str, Any] = {"storage": storage, "failures": failures, "undelivered": undelivered}
        Aftercare(self, "After", settings=settings, cared=REFRESHES, datasets=of_refreshes(contracts), **told)
        machines = {"RefreshMachineArn": refresh_arn, "IntakeMachineArn": machine.state_machine_arn}
        for output, value in {**machines, "FailureTopicArn": failures.topic_arn, "UndeliveredQueueUrl": undelivered.queue_url}.items():
            CfnOutput(self, output, value=value)
