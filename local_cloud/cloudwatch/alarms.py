"""Alarms: their datapoints, their change of state, and whom they may tell."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.authorization.encryption import service_lacks_key
from local_cloud.cloudwatch.evaluation import Condition, state
from local_cloud.cloudwatch.metrics import MODULE
from local_cloud.environment import ACCOUNT, speed
from local_cloud.replace import borrow

SERVICE = "cloudwatch.amazonaws.com"
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

Alarm = dict[str, Any]
Act = Callable[[Alarm, str, str, str], None]
"""Carries out the actions of an alarm: (alarm, old state, new state, reason)."""

_logger = logging.getLogger(__name__)
_metrics = borrow(MODULE, "_metrics", AccountRegionScopedDict, "read the values of a metric")
_dimensions_key = borrow(MODULE, "_dims_key", ("dims",), "find a metric by its dimensions")
_statistics = borrow(MODULE, "_calc_stats", ("points",), "make a datapoint of values")
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
        change = _change(alarm)
        if change:
            old, new, reason = change
            alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
            _record_history(alarm["AlarmName"], old, new, reason)
            act(alarm, old, new, reason)

    return _evaluate_alarm


def _change(alarm: Alarm) -> tuple[str, str, str] | None:
    """Return old state, new state and reason; None where the state stays."""
    values = _datapoints(alarm, time.time())
    condition = Condition(
        comparison=alarm["ComparisonOperator"],
        threshold=alarm["Threshold"],
        datapoints=alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        missing=alarm.get("TreatMissingData") or "missing",
    )
    old, new = alarm["StateValue"], state(values, condition)
    if new is None or new == old:
        return None
    shown = ", ".join("no data" if value is None else f"{value:g}" for value in values)
    reason = (
        f"{alarm['Statistic']} of the last {len(values)} periods, newest first: {shown}; {condition.comparison} {condition.threshold:g}"
    )
    return old, new, reason


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


def _datapoints(alarm: Alarm, now: float) -> list[float | None]:
    """Return one value per period, the newest first; a period is shorter where the clock runs faster."""
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions") or []}
    points = _metrics.get((alarm["Namespace"], alarm["MetricName"], _dimensions_key(dimensions))) or []
    period = alarm["Period"] / speed()
    return [_datapoint(alarm, points, now - number * period, period) for number in range(alarm["EvaluationPeriods"])]


def _datapoint(alarm: Alarm, points: list[dict[str, Any]], end: float, period: float) -> float | None:
    unit = alarm.get("Unit")
    found = [point for point in points if end - period < point["Timestamp"] <= end and unit in (None, point["Unit"])]
    value: float | None = _statistics(found).get(alarm["Statistic"])
    return value


def _obstacle(topic: str, alarm_arn: str) -> str | None:
    if not _topic_allows(topic, SERVICE, alarm_arn, ACCOUNT):
        return f"the policy of {topic} does not let {SERVICE} publish"
    key = service_lacks_key(SERVICE, "sns:Publish", topic)
    return f"the policy of {key}, the key of {topic}, does not let {SERVICE} use it" if key else None


def _refuse(alarm: Alarm, topic: str, obstacle: str) -> None:
    _logger.error("alarm %s told nobody: %s", alarm["AlarmName"], obstacle)
    entry = {
        "AlarmName": alarm["AlarmName"],
        "AlarmType": "MetricAlarm",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "HistoryItemType": "Action",
        "HistorySummary": f"Failed to execute action {topic}: {obstacle}",
        "HistoryData": json.dumps({"actionState": "Failed", "notificationResource": topic, "error": obstacle}),
    }
    _history().append(entry)
