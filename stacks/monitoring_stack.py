"""Who is told when something is wrong."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.alarms import AlarmSet
from lake_constructs.event_rule import CutOffRule, ErrorObjectRule, JobFailureRule
from lake_constructs.log_errors import NAMESPACE as LOG_ERRORS
from lake_constructs.machines.freshness import FreshnessTargets, freshness
from lake_constructs.notification import AlarmTopic, FailureTopic, UndeliveredQueue
from lake_constructs.schedule import MachineSchedule
from lake_constructs.state_machine import LakeMachine
from stacks.alarm_list import alarm_list, freshness_hours, standing_hours
from stacks.budget import add_budget
from stacks.dashboards import add_dashboards
from stacks.monitoring_permissions import freshness_statements
from stacks.names import ALARMS_UNDELIVERED, CUT_OFF, ERRORS, FRESHNESS, JOB_FAILED, NOT_DELIVERED, REFUSED, Names
from stacks.standing import StandingWatch
from stacks.storage_stack import StorageStack
from stacks.upkeep import UpkeepWatch

MEASURE_MINUTES = 15  # an alarm looks at an hour, so three measurements may fail in a row


class MonitoringStack(Stack):
    """Alarms, their topic, dashboards, and the measurement of ages; apart because it watches all others and none depends on it."""

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
        hours = freshness_hours(contracts)
        topic = AlarmTopic(self, "Topic", encryption_key=storage.key, emails=settings.notify).topic
        undelivered = UndeliveredQueue(self, "Undelivered", name=names.of(ALARMS_UNDELIVERED), encryption_key=storage.key).queue
        # what rules tell comes with every event, so it is told beside the alarms on the same rules, not with them
        each = FailureTopic(self, "Each", encryption_key=storage.key, emails=settings.notify_each).topic
        told: dict[str, Any] = {"topic": each, "undelivered": undelivered}
        JobFailureRule(self, "JobFailed", name=names.of(JOB_FAILED), job_prefix=f"{name}-", **told)
        CutOffRule(self, "CutOff", name=names.of(CUT_OFF), workgroup=name, **told)
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
        to_watch: dict[str, Any] = {"settings": settings, "storage": storage}
        StandingWatch(self, "Standing", datasets=list(contracts), hours=standing_hours(settings, contracts), **to_watch)
        UpkeepWatch(self, "Upkeep", settings=settings, contracts=contracts, storage=storage)
        if any(contract.stream is not None for contract in contracts.values()):
            raw, prefixes = storage.buckets[Zone.RAW], (ERRORS, REFUSED)
            ErrorObjectRule(self, "NotDelivered", name=names.of(NOT_DELIVERED), bucket=raw, prefixes=prefixes, **told)
        watched = names.watched(self)
        listed, failures = alarm_list(settings, contracts, watched)
        alarms = AlarmSet(self, "Alarms", lake=name, topic=topic, alarms=listed).alarms
        logged = [alarm.metric for alarm in listed if alarm.namespace == LOG_ERRORS]
        shown = add_dashboards(self, names, contracts, watched=watched, alarms=alarms, failures=failures, logged=logged)
        add_budget(self, settings)

        for output, value in {
            "AlarmTopicArn": topic.topic_arn,
            "EachTopicArn": each.topic_arn,
            "FreshnessMachineArn": machine.state_machine_arn,
            "Dashboards": ",".join(shown),
        }.items():
            CfnOutput(self, output, value=value)
