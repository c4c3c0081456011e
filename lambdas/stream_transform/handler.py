"""The transform of the stream, as Lambda starts it: it reads what it may deliver, answers Firehose, and says what it refused and why."""

import json
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.stream_transform.transform import Transformed, transform

DATASETS = frozenset(json.loads((Path(__file__).parent / "datasets.json").read_text(encoding="utf-8")))
MOST_REASONS = 100  # refused records that one invocation names; all are counted

logger = Logger()
metrics = Metrics()


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Answer one batch of Firehose."""
    done = transform(event["records"], DATASETS)
    _tell(done)
    return {"records": list(done.records)}


def _tell(done: Transformed) -> None:
    metrics.add_metric(name="Delivered", unit=MetricUnit.Count, value=done.delivered)
    metrics.add_metric(name="Refused", unit=MetricUnit.Count, value=len(done.refused))
    for refused in done.refused[:MOST_REASONS]:
        logger.warning(
            "refused", extra={"sequence_number": refused.sequence_number, "record_id": refused.record_id, "reason": refused.reason}
        )
    if len(done.refused) > MOST_REASONS:
        logger.warning("refused more than are named", extra={"refused": len(done.refused), "named": MOST_REASONS})
