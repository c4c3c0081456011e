"""What CloudWatch would take and the local cloud does not evaluate, refused by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.cloudwatch import suppression
from local_cloud.cloudwatch.datapoints import STATISTICS
from local_cloud.cloudwatch.evaluation import COMPARISONS, MISSING
from local_cloud.cloudwatch.expressions import unsupported
from local_cloud.cloudwatch.metrics import MODULE
from local_cloud.replace import borrow

_error = borrow(MODULE, "_error", ("code", "message", "status", "use_json", "use_cbor"), "answer with an error")

_alarms = borrow(MODULE, "_alarms", AccountRegionScopedDict, "keep the metric math of alarms")

Operation = Callable[..., Any]


def unevaluated(alarm: Mapping[str, Any]) -> list[str]:
    """Return what of an alarm, in the words of PutMetricAlarm, is not in the local cloud."""
    chosen = {"ComparisonOperator": COMPARISONS, "TreatMissingData": MISSING, "Statistic": STATISTICS}
    wrong = [
        f"{name} {alarm[name]}; it has {', '.join(known)}" for name, known in chosen.items() if alarm.get(name) and alarm[name] not in known
    ]
    absent = [
        f"{name} of an alarm; it has statistics and thresholds" for name in ("ThresholdMetricId", "ExtendedStatistic") if alarm.get(name)
    ]
    return [*wrong, *absent, *_uncalculated(alarm.get("Metrics") or [])]


def _uncalculated(queries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what of the metric math of an alarm is not in the local cloud."""
    known = [query["Id"] for query in queries if "MetricStat" in query]
    for query in queries:
        statistic = query.get("MetricStat", {}).get("Stat")
        if statistic and statistic not in STATISTICS:
            yield f"Stat {statistic}; it has {', '.join(STATISTICS)}"
        if "Expression" in query:
            if problem := unsupported(query["Expression"], known):
                yield problem
            known.append(query["Id"])


def of_alarm(evaluate: Callable[[dict[str, Any]], None]) -> Callable[[Operation], Operation]:
    """Refuse an alarm that would not be evaluated as it says, and keep the metric math of one, which ministack drops."""

    def around(original: Operation) -> Operation:
        def _put_metric_alarm(params: Any, cbor_data: Any, is_cbor: bool, is_json: bool = False) -> Any:
            problems = unevaluated(cbor_data) or (
                ["metric math by forms"] if any(name.startswith("Metrics.member") for name in params) else []
            )
            if problems:
                return _refused("; ".join(problems), is_cbor, is_json)
            answer = original(params, cbor_data, is_cbor, is_json)
            made = _alarms.get(cbor_data.get("AlarmName", "")) if cbor_data else None
            if made and cbor_data.get("Metrics"):
                made["Metrics"] = cbor_data["Metrics"]
                evaluate(made)
            return answer

        return _put_metric_alarm

    return around


def of_composite_alarm(original: Operation) -> Operation:
    """Keep what keeps a composite alarm quiet, which ministack drops."""

    def _put_composite_alarm(params: Any, cbor_data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        if by_forms := sorted(name for name in params if str(name).startswith("ActionsSuppressor")):
            return _refused(f"{', '.join(by_forms)} of a composite alarm by forms", is_cbor, is_json)
        given = cbor_data or {}
        return suppression.put(str(given.get("AlarmName", "")), given, lambda: original(params, cbor_data, is_cbor, is_json))

    return _put_composite_alarm


def _refused(what: str, is_cbor: bool, is_json: bool) -> Any:
    return _error("NotInLocalCloud", f"not in the local cloud: {what}", 400, use_json=is_json, use_cbor=is_cbor)


def of_metric_data(original: Operation) -> Operation:
    """Refuse to calculate with metrics."""

    def _get_metric_data(params: Any, cbor_data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        if any("Expression" in query for query in cbor_data.get("MetricDataQueries", [])) or any(".Expression" in name for name in params):
            return _refused("metric math (Expression) of GetMetricData; alarms have it", is_cbor, is_json)
        return original(params, cbor_data, is_cbor, is_json)

    return _get_metric_data
