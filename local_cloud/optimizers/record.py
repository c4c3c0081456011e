"""What Glue knows of an optimizer: its configuration and its runs."""

import time
from typing import Any

from local_cloud.optimizers.definition import Optimizer

Record = dict[str, Any]
MOST_RUNS = 100  # that are remembered
PATIENCE = 4
"""Failures in a row after which Glue suspends an optimizer: https://docs.aws.amazon.com/glue/latest/dg/optimizer-notes.html"""


def new(kind: str, configuration: dict[str, Any]) -> Record:
    """Return the record of an optimizer that never ran."""
    return {"type": kind, "configuration": configuration, "runs": []}


def optimizer(record: Record) -> Optimizer:
    """Return what a record describes."""
    return Optimizer.from_configuration(record["type"], record["configuration"])


def describe(record: Record) -> Record:
    """Return a record in the form of Glue's API."""
    last = {"lastRun": record["runs"][0]} if record["runs"] else {}
    return {"type": record["type"], "configuration": record["configuration"], "configurationSource": "table", **last}


def begin(record: Record) -> Record:
    """Note that a run has started, and return it."""
    run: Record = {"eventType": "starting", "startTimestamp": time.time()}
    record["runs"].insert(0, run)
    del record["runs"][MOST_RUNS:]
    return run


def end(record: Record, run: Record, metrics: dict[str, Any] | None, error: str | None) -> None:
    """Note how a run ended; too many failures in a row suspend the optimizer."""
    run["endTimestamp"] = time.time()
    if metrics is not None:
        run.update(metrics)
    if error is not None:
        run["error"] = error
    run["eventType"] = "completed" if error is None else "failed"  # the last, since who sees it reads the rest
    failures = [found["eventType"] == "failed" for found in record["runs"][:PATIENCE]]
    if len(failures) == PATIENCE and all(failures):
        record["configuration"]["enabled"] = False
