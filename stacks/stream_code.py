"""What the function is given that transforms records of the stream."""

import json
from collections.abc import Iterable

from lake_constructs.function import FunctionCode
from stacks.archive import archive

FILES = ("lambdas/__init__.py", "lambdas/stream_transform/*.py", "contracts/__init__.py", "contracts/envelope.py")
DATASETS = "lambdas/stream_transform/datasets.json"  # where the function looks for what only a synth knows


def transforming(datasets: Iterable[str], name: str, layer: str) -> FunctionCode:
    """Return what the function `name` runs, which takes records of `datasets`; `layer` holds Powertools."""
    return FunctionCode(
        archive=archive(FILES, {DATASETS: json.dumps(sorted(datasets))}),
        handler="lambdas.stream_transform.handler.handler",
        layers=[layer],
        environment={"POWERTOOLS_SERVICE_NAME": name, "POWERTOOLS_METRICS_NAMESPACE": "Lake/Stream"},
    )
