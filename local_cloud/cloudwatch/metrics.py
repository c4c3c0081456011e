"""Metrics that the services of the local cloud send themselves."""

from collections.abc import Mapping

from local_cloud.replace import borrow

MODULE = "ministack.services.cloudwatch"
_record = borrow(MODULE, "record_metric", ("namespace", "metric_name", "value", "unit", "dimensions"), "send metrics")


def record(namespace: str, metric: str, dimensions: Mapping[str, str], value: float = 1) -> None:
    """Send one value now."""
    _record(namespace, metric, value, "Count", dict(dimensions))
