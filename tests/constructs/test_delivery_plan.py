from dataclasses import replace
from typing import Any

import pytest

from lake_constructs.delivery_plan import PAGES, DeliveryPlan, ImpossibleDeliveryError

PLAN = DeliveryPlan(datasets=3, buffer_mib=128, buffer_seconds=300)


def test_a_plan_that_can_work_is_taken_at_the_ends_of_every_range() -> None:
    PLAN.check()
    replace(PLAN, buffer_mib=64, buffer_seconds=60, retry_seconds=0, transform_buffer_mb=0.2, transform_buffer_seconds=0).check()
    replace(PLAN, buffer_seconds=900, retry_seconds=7200, transform_buffer_mb=3, transform_buffer_seconds=900, datasets=250).check()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"buffer_mib": 63}, "buffer_mib is 63, expected 64 or more"),
        ({"buffer_mib": 129}, "buffer_mib is 129, expected 128 at most"),
        ({"buffer_seconds": 59}, "buffer_seconds is 59, expected 60 or more"),
        ({"buffer_seconds": 901}, "buffer_seconds is 901, expected 900 at most"),
        ({"retry_seconds": 7201}, "retry_seconds is 7201, expected 0 to 7200"),
        ({"datasets": 251}, "251 datasets make up to 502 active partitions, expected 500 at most"),
        ({"partition_keys": ("dataset", "ingest_date", "shard")}, "prefix does not use the key shard"),
        ({"partition_keys": ("dataset",)}, "prefix uses the key ingest_date, which the transform does not give; it gives dataset"),
        ({"errors": "_errors/!{time:yyyy}/!{firehose:error-output-type}/"}, "errors has the namespace time, expected one of firehose"),
        ({"errors": "_errors/!{firehose:error-output-type}/!{x/"}, "expected each !{ to begin a !{namespace:value}"),
        ({"errors": f"{'e' * 500}/!{{firehose:error-output-type}}/"}, "expected 512 at most"),
        ({"errors": ""}, "errors is empty, expected a prefix"),
        ({"errors": "_errors/!{timestamp:yyyy}/"}, "expected !{firehose:error-output-type} in it"),
        ({"errors": "_errors/!{firehose:error-output-type}/!{partitionKeyFromLambda:dataset}/"}, "expected no partition key in it"),
        ({"prefix": f"!{{firehose:error-output-type}}/{PLAN.prefix}"}, "expected error-output-type in errors alone"),
        ({"transform_buffer_mb": 0.1}, "transform_buffer_mb is 0.1, expected 0.2 to 3"),
        ({"transform_buffer_seconds": 901}, "transform_buffer_seconds is 901, expected 0 to 900"),
    ],
)
def test_a_plan_that_cannot_work_is_refused_with_the_rule_and_its_page(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ImpossibleDeliveryError) as refused:
        replace(PLAN, **changed).check()
    (problem,) = str(refused.value).splitlines()
    assert told in problem
    assert "AWS: “" in problem
    assert PAGES in problem


def test_a_higher_quota_lets_more_datasets_in() -> None:
    replace(PLAN, datasets=300, most_active=1000).check()


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ImpossibleDeliveryError) as refused:
        replace(PLAN, buffer_mib=1, buffer_seconds=1, retry_seconds=-1).check()
    assert len(str(refused.value).splitlines()) == 3
