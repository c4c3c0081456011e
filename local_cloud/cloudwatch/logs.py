"""What CloudWatch Logs counts: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html."""

from collections.abc import Callable
from typing import Any

from local_cloud.cloudwatch.metrics import record
from local_cloud.replace import wrap


def install() -> None:
    """Send the metric of each log group that is written to."""
    wrap("ministack.services.cloudwatch_logs", "_put_log_events", counted, "count what is written to log groups")


def counted(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def _put_log_events(data: Any) -> Any:
        answer = original(data)
        if answer[0] < 300:
            record("AWS/Logs", "IncomingLogEvents", {"LogGroupName": str(data.get("logGroupName"))}, len(data.get("logEvents", [])))
        return answer

    return _put_log_events
