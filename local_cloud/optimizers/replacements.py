"""Put table optimizers beside what ministack has of Glue, which is everything but them."""

from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.environment import home
from local_cloud.glue.adding import add
from local_cloud.glue.denials import Denials
from local_cloud.optimizers.api import OptimizerActions
from local_cloud.optimizers.runner import Runner
from local_cloud.replace import borrow, wrap
from local_cloud.stopping import before_stop

GLUE = "ministack.services.glue"


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
    wrap(GLUE, "_delete_database", actions.forgetting_all, "let the optimizers of its tables go with a database")
    add(actions.actions, "answer for table optimizers")
