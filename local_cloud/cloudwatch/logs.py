"""What CloudWatch Logs counts: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html.

Metric filters send what they find in the lines that come: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, error_response_json

from local_cloud.cloudwatch.filters import UnknownPatternError, compiled
from local_cloud.cloudwatch.metrics import record
from local_cloud.replace import borrow, wrap

MODULE = "ministack.services.cloudwatch_logs"
OF_TRANSFORMATION = {"metricName", "metricNamespace", "metricValue", "unit"}

_filters = borrow(MODULE, "_metric_filters", AccountRegionScopedDict, "count what metric filters find")


def install() -> None:
    """Send the metric of each log group that is written to, and those of its metric filters; find lines by our own patterns."""
    wrap(MODULE, "_put_log_events", counted, "count what is written to log groups")
    wrap(MODULE, "_put_metric_filter", _known, "refuse metric filters that would count something else")
    wrap(MODULE, "_compile_filter_pattern", _found, "find lines by the patterns that metric filters have")


def counted(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def _put_log_events(data: Any) -> Any:
        answer = original(data)
        if answer[0] < 300:
            count(str(data.get("logGroupName")), [str(event.get("message", "")) for event in data.get("logEvents", [])])
        return answer

    return _put_log_events


def count(group: str, lines: Sequence[str]) -> None:
    """Send what there is to count of lines that came to a log group."""
    record("AWS/Logs", "IncomingLogEvents", {"LogGroupName": group}, len(lines))
    for found in [one for one in list(_filters.values()) if one["logGroupName"] == group]:
        matches = compiled(found["filterPattern"])
        number = sum(matches(line) for line in lines)
        for sent in found["metricTransformations"] if number else []:
            record(sent["metricNamespace"], sent["metricName"], {}, number * float(sent["metricValue"]))


def unknown(data: Any) -> str | None:
    """Return what of a metric filter is not in the local cloud; None where all is."""
    try:
        compiled(data.get("filterPattern", ""))
    except UnknownPatternError as problem:
        return str(problem)
    for sent in data.get("metricTransformations", []):
        if more := sorted(set(sent) - OF_TRANSFORMATION):
            return f"{', '.join(more)} of a metric filter; it has {', '.join(sorted(OF_TRANSFORMATION))}"
        if not str(sent.get("metricValue", "")).replace(".", "", 1).isdigit():
            return f"the value {sent.get('metricValue')!r} of a metric filter; it has numbers"
    return None


def _known(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def _put_metric_filter(data: Any) -> Any:
        problem = unknown(data)
        return error_response_json("InvalidParameterException", f"not in the local cloud: {problem}", 400) if problem else original(data)

    return _put_metric_filter


def _found(original: Callable[[str], Callable[[str], bool]]) -> Callable[[str], Callable[[str], bool]]:
    def _compile_filter_pattern(raw: str) -> Callable[[str], bool]:
        with suppress(UnknownPatternError):
            return compiled(raw)
        return original(raw)

    return _compile_filter_pattern
