"""Brings the warehouse to its plan: asked by CloudFormation at each deploy of a changed plan, or by a person.

A person sends {"action": "status"} or {"action": "migrate"}, or {"action": "plan"}, for which the warehouse is not woken.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3

from lambdas.common.custom_resource import answer, is_request
from lambdas.migrate.data_api import DataApi, StatementError
from warehouse.apply import BOOTSTRAP, MIGRATION, RECORDS, PlanError, Record, states, work
from warehouse.plan import Plan

PLAN = Path(__file__).parents[2] / "plan.json"
MARGIN_SECONDS = 15  # for the answer to CloudFormation
LOADS = (
    "select dataset, snapshot, row_count, run, loaded_at from (select *, row_number() over (partition by dataset order by loaded_at desc) as newest"
    " from lake_admin.loads) as loads where newest = 1 order by dataset"
)


class MigrationError(Exception):
    """The warehouse is not as planned; the text says why, and what to do."""


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any] | None:
    """Do what CloudFormation or a person asks for."""
    if is_request(event):
        answer(event, lambda: _as_resource(event, context))
        return None
    actions: dict[str, Callable[[], dict[str, Any]]] = {
        "status": lambda: _status(_api(context)),
        "migrate": lambda: {"applied": _migrate(_api(context))},
        "plan": lambda: {"migrations": {migration.name: migration.checksum for migration in _plan().migrations}},
    }
    asked = str(event.get("action"))
    if asked not in actions:
        raise MigrationError(f"action is {asked!r}, expected one of {', '.join(actions)}")
    return actions[asked]()


def _as_resource(event: Mapping[str, Any], context: Any) -> str:
    """Deleting does nothing: what the warehouse holds goes with its namespace, and may be gone already."""
    if event["RequestType"] != "Delete":
        _migrate(_api(context))
    return "migrations"


def _migrate(api: DataApi) -> list[str]:
    """Do what is to be done, and return what was done; what was done before a failure stays."""
    done: list[str] = []
    try:
        for statement in BOOTSTRAP:
            api.run([statement], "bootstrap")
        for task in work(_plan(), records(api)):
            for statement in task.before:
                api.run([statement], task.name)
            for number, transaction in enumerate(task.transactions, 1):
                api.run(transaction, task.name if len(task.transactions) == 1 else f"{task.name} ({number} of {len(task.transactions)})")
            done.append(task.name)
            if task.load:
                _request_load(task.load)
    except (StatementError, PlanError) as error:
        raise MigrationError(f"{error}. Done before that: {', '.join(done) or 'nothing'}.") from error
    return done


def _plan() -> Plan:
    return Plan.from_json(PLAN.read_text(encoding="utf-8"))


def _status(api: DataApi) -> dict[str, Any]:
    try:
        done = records(api)
        loads = list(api.rows(LOADS, "status")) if done else []
    except StatementError as error:
        if "does not exist" not in str(error):
            raise MigrationError(str(error)) from error
        done, loads = [], []
    keys = ("name", "kind", "state", "applied_at")
    return {
        "migrations": [dict(zip(keys, state, strict=True)) for state in states(_plan(), done)],
        "records": [{"name": one.name, "kind": one.kind, "checksum": one.checksum} for one in done if one.kind == MIGRATION],
        "loads": [{**load, "row_count": int(load["row_count"])} for load in loads],
    }


def records(api: DataApi) -> list[Record]:
    """Return what the warehouse says was done."""
    rows = api.rows(f"select name, kind, checksum, columns, applied_at from {RECORDS} order by name", "records")
    return [
        Record(
            name=row["name"],
            kind=row["kind"],
            checksum=row["checksum"],
            columns=_columns(json.loads(row["columns"] or "{}")),
            applied_at=row["applied_at"],
        )
        for row in rows
    ]


def _columns(recorded: dict[str, str] | list[str]) -> dict[str, str]:
    """Return columns with their types; the first versions recorded the names alone."""
    return recorded if isinstance(recorded, dict) else dict.fromkeys(recorded, "")


def _request_load(dataset: str) -> None:
    """Have a new copy filled; it is not waited for, since the product may never have been published yet."""
    boto3.client("stepfunctions").start_execution(
        stateMachineArn=os.environ["LOAD_REQUESTS"], input=json.dumps({"detail-type": "Load Requested", "detail": {"dataset": dataset}})
    )


def _api(context: Any) -> DataApi:
    return DataApi(
        client=boto3.client("redshift-data"),
        workgroup=os.environ["WORKGROUP"],
        database=os.environ["DATABASE"],
        secret=os.environ["ADMIN_SECRET"],
        remaining=lambda: context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS,
    )
