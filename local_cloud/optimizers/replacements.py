"""Put table optimizers beside what ministack has of Glue, which is everything but them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.answers import Answer
from local_cloud.environment import home
from local_cloud.glue.denials import Denials
from local_cloud.optimizers.api import Action, OptimizerActions
from local_cloud.optimizers.runner import Runner
from local_cloud.replace import borrow, wrap
from local_cloud.stopping import before_stop

GLUE = "ministack.services.glue"
Request = Callable[[str, str, Mapping[str, str], bytes, Any], Answer]


def install() -> None:
    """Add the actions, and keep what they keep with the rest of Glue's state."""
    folder = home() / "optimizers"
    folder.mkdir(parents=True, exist_ok=True)
    denials = Denials()
    wrap("ministack.core.iam_evaluator", "enforce", denials.around, "name the grant that a failed optimizer misses")
    kept: Any = AccountRegionScopedDict()
    borrow(GLUE, "_ALL_STATE", dict, "keep optimizers with Glue's state")["table_optimizers"] = kept
    runner = Runner(denials, folder)
    before_stop(runner.stop_all)
    tables = borrow(GLUE, "_tables", AccountRegionScopedDict, "know which tables are Iceberg's")
    actions = OptimizerActions(kept, tables, runner)
    for name in ("_delete_table", "_batch_delete_table"):
        wrap(GLUE, name, actions.forgetting, "let the optimizers of a table go with it")
    wrap(GLUE, "_handle_request_sync", _with(actions.actions), "answer for table optimizers")


def _with(actions: Mapping[str, Action]) -> Callable[[Request], Request]:
    """Return a wrapper that adds actions which ministack lacks."""

    def around(original: Request) -> Request:
        def _handle_request_sync(method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Any) -> Answer:
            action = actions.get(headers.get("x-amz-target", "").rpartition(".")[2])
            return action(json.loads(body)) if action else original(method, path, headers, body, query_params)

        return _handle_request_sync

    return around
