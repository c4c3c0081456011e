"""Composite alarms that another alarm keeps quiet: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html.

Such an alarm changes its state as ever, and tells of it only when the other one is over, and has been for its extension period, and did not begin in its wait
period. It then tells what it is by then, unless that is what it told last.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.clock import clock
from local_cloud.cloudwatch.metrics import MODULE
from local_cloud.replace import borrow, wrap

Alarm = dict[str, Any]
Act = Callable[[Alarm, str, str, str], None]
SETTINGS = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
TOLD = "LocalToldState"
"""Of a composite alarm: the state that it told last, kept with it."""

_alarms = borrow(MODULE, "_alarms", AccountRegionScopedDict, "look at the alarm that keeps another quiet")
_composites = borrow(MODULE, "_composite_alarms", AccountRegionScopedDict, "keep composite alarms quiet")
_ended: dict[str, float] = {}
"""When each alarm was over last."""
_began: dict[str, float] = {}
_new: dict[str, dict[str, Any]] = {}
"""The settings of composite alarms that are being put: they change their state before they are kept."""
_acts: list[Act] = []


def install() -> None:
    """Hold back what composite alarms would tell while they are kept quiet."""
    wrap(MODULE, "_dispatch_alarm_actions", held_back, "keep composite alarms quiet")


def held_back(original: Act) -> Act:
    _acts.append(original)

    def _dispatch_alarm_actions(alarm: Alarm, old_state: str, new_state: str, reason: str) -> None:
        now = clock().time(time.time())
        if new_state == "ALARM":
            _began[alarm["AlarmName"]] = now
        elif old_state == "ALARM":
            _ended[alarm["AlarmName"]] = now
        if _settings(alarm):
            tell(alarm)
        else:
            original(alarm, old_state, new_state, reason)

    return _dispatch_alarm_actions


def look() -> None:
    """Let composite alarms tell what they were kept from telling, where nothing keeps them any more."""
    for alarm in list(_composites.values()):
        if _settings(alarm):
            tell(alarm)


def tell(alarm: Alarm) -> None:
    """Carry out the actions of what an alarm has become since it told last, unless it is kept quiet."""
    state, told = alarm["StateValue"], alarm.get(TOLD, "OK")
    if state == told or is_quiet(alarm, clock().time(time.time())):
        return
    alarm[TOLD] = state
    for act in _acts:
        act(alarm, told, state, alarm["StateReason"])


def is_quiet(alarm: Alarm, now: float) -> bool:
    """Whether an alarm must not tell anything yet."""
    suppressor, wait, extension = (_settings(alarm)[name] for name in SETTINGS)
    other = suppressor.rpartition(":alarm:")[2] or suppressor
    found = _alarms.get(other) or _composites.get(other)
    if found and found["StateValue"] == "ALARM":
        return True
    if now - _ended.get(other, -extension) < extension:
        return True
    return bool(alarm["StateValue"] == "ALARM" and now - _began.get(alarm["AlarmName"], now) < wait)


def put(name: str, given: Mapping[str, Any], original: Callable[[], Any]) -> Any:
    """Put a composite alarm with its settings."""
    settings = {setting: given[setting] for setting in SETTINGS if setting in given}
    _new[name] = settings
    told = (_composites.get(name) or {}).get(TOLD)
    try:
        answer = original()
    finally:
        del _new[name]
    if name in _composites:
        _composites[name].update(settings, **({TOLD: told} if told else {}))
    return answer


def _settings(alarm: Mapping[str, Any]) -> dict[str, Any]:
    found = _new.get(alarm["AlarmName"]) or {name: alarm[name] for name in SETTINGS if name in alarm}
    return {SETTINGS[1]: 0, SETTINGS[2]: 0, **found} if SETTINGS[0] in found else {}
