"""What CloudWatch would take and the local cloud does not evaluate, refused by name."""

from collections.abc import Callable
from typing import Any

from local_cloud.cloudwatch.evaluation import COMPARISONS, MISSING
from local_cloud.cloudwatch.metrics import MODULE
from local_cloud.replace import borrow

STATISTICS = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")

_error = borrow(MODULE, "_error", ("code", "message", "status", "use_json", "use_cbor"), "answer with an error")

Operation = Callable[..., Any]


def unevaluated(alarm: dict[str, Any]) -> list[str]:
    """Return what of an alarm, in the words of PutMetricAlarm and of templates, is not in the local cloud."""
    chosen = {"ComparisonOperator": COMPARISONS, "TreatMissingData": MISSING, "Statistic": STATISTICS}
    wrong = [
        f"{name} {alarm[name]}; it has {', '.join(known)}" for name, known in chosen.items() if alarm.get(name) and alarm[name] not in known
    ]
    math = [name for name in ("Metrics", "ThresholdMetricId", "ExtendedStatistic") if alarm.get(name)]
    return [*wrong, *(f"{name} of an alarm; it has alarms on one metric and a statistic" for name in math)]


def of_alarm(original: Operation) -> Operation:
    """Refuse an alarm that would not be evaluated as it says."""

    def _put_metric_alarm(params: Any, cbor_data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        problems = unevaluated(cbor_data) or (["metric math"] if any(name.startswith("Metrics.member") for name in params) else [])
        return _refused("; ".join(problems), is_cbor, is_json) if problems else original(params, cbor_data, is_cbor, is_json)

    return _put_metric_alarm


def of_composite_alarm(_: Operation) -> Operation:
    """Refuse every composite alarm."""

    def _put_composite_alarm(params: Any, cbor_data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        return _refused("composite alarms", is_cbor, is_json)

    return _put_composite_alarm


def of_metric_data(original: Operation) -> Operation:
    """Refuse to calculate with metrics."""

    def _get_metric_data(params: Any, cbor_data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        if any("Expression" in query for query in cbor_data.get("MetricDataQueries", [])) or any(".Expression" in name for name in params):
            return _refused("metric math (Expression)", is_cbor, is_json)
        return original(params, cbor_data, is_cbor, is_json)

    return _get_metric_data


def _refused(what: str, is_cbor: bool, is_json: bool) -> Any:
    return _error("NotInLocalCloud", f"not in the local cloud: {what}", 400, use_json=is_json, use_cbor=is_cbor)
