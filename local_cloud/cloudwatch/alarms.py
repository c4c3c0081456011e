"""Alarms: their datapoints, their change of state, and whom they may tell."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.authorization.encryption import service_lacks_key
from local_cloud.clock import clock
from local_cloud.cloudwatch.datapoints import Moment
from local_cloud.cloudwatch.evaluation import look
from local_cloud.cloudwatch.metrics import MODULE
from local_cloud.environment import ACCOUNT
from local_cloud.replace import borrow

SERVICE = "cloudwatch.amazonaws.com"
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

Alarm = dict[str, Any]
Act = Callable[[Alarm, str, str, str], None]
"""Carries out the actions of an alarm: (alarm, old state, new state, reason)."""

_looking = threading.RLock()
_looked: dict[str, float] = {}
"""When each alarm was looked at last."""
_logger = logging.getLogger(__name__)
_metrics = borrow(MODULE, "_metrics", AccountRegionScopedDict, "read the values of a metric")
_dimensions_key = borrow(MODULE, "_dims_key", ("dims",), "find a metric by its dimensions")
_evaluate_parents = borrow(MODULE, "_evaluate_parent_alarms", ("child", "seen"), "look at composite alarms")
_record_history = borrow(
    MODULE,
    "_record_history",
    ("alarm_name", "old_state", "new_state", "reason", "alarm_type", "reason_data"),
    "keep the history of an alarm",
)
_history = borrow(MODULE, "_history_entries", (), "keep the history of an alarm")
_topic_allows = borrow(
    "ministack.services.sns", "topic_policy_allows", ("topic_arn", "service", "source_arn", "source_account"), "evaluate topic policies"
)


def evaluating(act: Act) -> Callable[[Alarm], None]:
    """Return what brings an alarm to the state that its datapoints mean; `act` carries out the actions of a new state."""

    def _evaluate_alarm(alarm: Alarm) -> None:
        if not (alarm.get("MetricName") or alarm.get("Metrics")):
            return  # its metric math is still to come
        with _looking:  # the clock looks, and whoever sends values
            now = time.time()
            found = look(alarm, _read, Moment(now, clock(), _looked.get(alarm["AlarmName"])))
            _looked[alarm["AlarmName"]] = now
            old = alarm["StateValue"]
            if found.state in (None, old):
                return
            alarm.update(StateValue=found.state, StateReason=found.reason, StateUpdatedTimestamp=int(now))
            _record_history(alarm["AlarmName"], old, found.state, found.reason)
            act(alarm, old, found.state, found.reason)
            _evaluate_parents(alarm)

    return _evaluate_alarm


def _read(namespace: str, metric: str, dimensions: Mapping[str, str]) -> list[dict[str, Any]]:
    return _metrics.get((namespace, metric, _dimensions_key(dict(dimensions)))) or []


def as_allowed(original: Act) -> Act:
    """Let an alarm tell only the topics whose policy and key let CloudWatch; what it could not do stands in its history, as on AWS."""

    def _dispatch_alarm_actions(alarm: Alarm, old_state: str, new_state: str, reason: str) -> None:
        member = ACTIONS[new_state]
        obstacles = {topic: _obstacle(topic, alarm["AlarmArn"]) for topic in alarm.get(member) or []}
        for topic, obstacle in obstacles.items():
            if obstacle:
                _refuse(alarm, topic, obstacle)
        allowed = [topic for topic, obstacle in obstacles.items() if not obstacle]
        original({**alarm, member: allowed}, old_state, new_state, reason)

    return _dispatch_alarm_actions


def _obstacle(topic: str, alarm_arn: str) -> str | None:
    if not _topic_allows(topic, SERVICE, alarm_arn, ACCOUNT):
        return f"the policy of {topic} does not let {SERVICE} publish"
    key = service_lacks_key(SERVICE, "sns:Publish", topic)
    return f"the policy of {key}, the key of {topic}, does not let {SERVICE} use it" if key else None


def _refuse(alarm: Alarm, topic: str, obstacle: str) -> None:
    _logger.error("alarm %s told nobody: %s", alarm["AlarmName"], obstacle)
    entry = {
        "AlarmName": alarm["AlarmName"],
        "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "HistoryItemType": "Action",
        "HistorySummary": f"Failed to execute action {topic}: {obstacle}",
        "HistoryData": json.dumps({"actionState": "Failed", "notificationResource": topic, "error": obstacle}),
    }
    _history().append(entry)
