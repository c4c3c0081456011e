"""Who is told when something is wrong."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.alarm_catalogue import CATALOGUE, catalogue
from lake_constructs.alarms import AlarmSet
from lake_constructs.dashboard import LakeDashboard
from lake_constructs.event_rule import ErrorObjectRule, JobFailureRule
from lake_constructs.machines.freshness import FreshnessTargets, freshness
from lake_constructs.notification import AlarmTopic, UndeliveredQueue
from lake_constructs.pull_alarms import pull_alarms
from lake_constructs.schedule import MachineSchedule
from lake_constructs.state_machine import LakeMachine
from lake_constructs.stream_alarms import STREAM_CATALOGUE, stream_alarms
from lake_constructs.warehouse_alarms import LOAD_CATALOGUE, usage_alarm
from stacks.monitoring_permissions import freshness_statements
from stacks.names import ALARMS_UNDELIVERED, ERRORS, FRESHNESS, JOB_FAILED, NOT_DELIVERED, PULLS_SET_ASIDE, REFRESH, WAREHOUSE, Names
from stacks.storage_stack import StorageStack
from stacks.upkeep import UpkeepWatch
from warehouse.definitions import natives

MEASURE_MINUTES = 15  # an alarm looks at an hour, so three measurements may fail in a row


class MonitoringStack(Stack):
    """Alarms, their topic, a dashboard, and the measurement of ages; apart because it watches all others and none depends on it."""

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
        name, names = settings.name, Names(settings.name)
        hours = {contract.name: contract.freshness_hours for contract in contracts.values() if contract.freshness_hours is not None}
        topic = AlarmTopic(self, "Topic", encryption_key=storage.key, emails=settings.notify).topic
        undelivered = UndeliveredQueue(self, "Undelivered", name=names.of(ALARMS_UNDELIVERED), encryption_key=storage.key).queue
        JobFailureRule(self, "JobFailed", name=names.of(JOB_FAILED), job_prefix=f"{name}-", topic=topic, undelivered=undelivered)
        machine = LakeMachine(
            self,
            "Freshness",
            name=names.of(FRESHNESS),
            kind=sfn.StateMachineType.EXPRESS,
            definition=freshness(
                FreshnessTargets(lake=name, ledger=storage.ledger.table_name, job_prefix=f"{name}-"), datasets=list(hours)
            ),
            statements=freshness_statements(self, name, storage),
            encryption_key=storage.key,
            log_days=settings.logs.retention_days,
        ).machine
        MachineSchedule(self, "Measure", name=names.of(FRESHNESS), machine=machine, minutes=MEASURE_MINUTES)
        UpkeepWatch(self, "Upkeep", settings=settings, contracts=contracts, storage=storage)
        watched = names.watched(self)
        listed, failures = list(catalogue(name, watched, hours)), list(CATALOGUE)
        if any(contract.stream is not None for contract in contracts.values()):
            told: dict[str, Any] = {"topic": topic, "undelivered": undelivered}
            ErrorObjectRule(self, "NotDelivered", name=names.of(NOT_DELIVERED), bucket=storage.buckets[Zone.RAW], prefix=ERRORS, **told)
            failures += STREAM_CATALOGUE
            listed += stream_alarms(watched, settings.stream.silence_hours)
        if pulls := {contract.name: contract.pull.quiet_hours for contract in contracts.values() if contract.pull is not None}:
            listed += pull_alarms(names.of(PULLS_SET_ASIDE), {dataset: names.pull(dataset) for dataset in pulls}, pulls)
        if settings.warehouse.enabled:
            of_loads = LOAD_CATALOGUE if natives(contracts.values()) else ()
            listed += [usage_alarm(watched[WAREHOUSE], settings.warehouse.daily_rpu_hours), *(alarm.about(watched) for alarm in of_loads)]
            failures += of_loads
        alarms = AlarmSet(self, "Alarms", lake=name, topic=topic, alarms=listed).alarms
        LakeDashboard(
            self,
            "Overview",
            lake=name,
            alarms=list(alarms.values()),
            refresh_arn=watched[REFRESH],
            failures=[alarm.about(watched).of_metric() for alarm in failures],
            freshness_hours=hours,
        )

        for output, value in {
            "AlarmTopicArn": topic.topic_arn,
            "FreshnessMachineArn": machine.state_machine_arn,
            "Dashboard": name,
        }.items():
            CfnOutput(self, output, value=value)
