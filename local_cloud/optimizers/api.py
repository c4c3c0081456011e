"""The actions of Glue's API that are about table optimizers, and one of ours that runs them."""

import threading
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.answers import Answer, answer, refusal
from local_cloud.glue.api import Action
from local_cloud.glue.parameters import NotUnderstoodError
from local_cloud.optimizers import record
from local_cloud.optimizers.definition import OWN, Optimizer
from local_cloud.optimizers.record import Record
from local_cloud.optimizers.runner import Runner, Work

RUN = "RunTableOptimizers"
"""What Glue has no action for: there an optimizer runs when it sees fit, here when it is asked."""


@dataclass(frozen=True)
class OptimizerActions:
    """CreateTableOptimizer and what comes after it.

    Attributes:
        kept: `database/table/type` -> record.
        tables: `database/table` -> Glue's record of a table.
    """

    kept: MutableMapping[str, Record]
    tables: MutableMapping[str, Any]
    runner: Runner
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def actions(self) -> dict[str, Action]:
        """Return each action by its name."""
        return {
            "CreateTableOptimizer": self.create,
            "UpdateTableOptimizer": self.update,
            "GetTableOptimizer": self.get,
            "DeleteTableOptimizer": self.delete,
            "ListTableOptimizerRuns": self.list_runs,
            RUN: self.run,
        }

    def create(self, data: dict[str, Any]) -> Answer:
        """CreateTableOptimizer."""
        refused = self._refused(data)
        if refused:
            return refused
        with self._lock:
            if _key(data) in self.kept:
                return refusal("AlreadyExistsException", f"Table optimizer of type {data['Type']} already exists for {_table(data)}")
            self.kept[_key(data)] = record.new(data["Type"], dict(data["TableOptimizerConfiguration"]))
        return answer({})

    def update(self, data: dict[str, Any]) -> Answer:
        """UpdateTableOptimizer; what it is not told stays as it was."""
        found = self.kept.get(_key(data))
        if found is None:
            return _absent(data)
        whole = {**found["configuration"], **data["TableOptimizerConfiguration"]}
        refused = self._refused({**data, "TableOptimizerConfiguration": whole})
        if refused:
            return refused
        found["configuration"] = whole
        return answer({})

    def get(self, data: dict[str, Any]) -> Answer:
        """GetTableOptimizer."""
        found = self.kept.get(_key(data))
        return _absent(data) if found is None else answer({**_names(data), "TableOptimizer": record.describe(found)})

    def delete(self, data: dict[str, Any]) -> Answer:
        """DeleteTableOptimizer."""
        return _absent(data) if self.kept.pop(_key(data), None) is None else answer({})

    def list_runs(self, data: dict[str, Any]) -> Answer:
        """ListTableOptimizerRuns, the newest first."""
        found = self.kept.get(_key(data))
        if found is None:
            return _absent(data)
        return answer({**_names(data), "TableOptimizerRuns": found["runs"][: int(data.get("MaxResults") or record.MOST_RUNS)]})

    def run(self, data: dict[str, Any]) -> Answer:
        """Run the enabled optimizers of some tables, one after another; GetTableOptimizer tells how it goes."""
        keys = [{**table, "Type": kind} for table in data["Tables"] for kind in OWN]
        due = [(key, found) for key in keys if (found := self.kept.get(_key(key))) and found["configuration"].get("enabled", True)]
        with self._lock:
            if any(self.runner.is_at_work_on(found) for _, found in due):
                return refusal("ConcurrentModificationException", "an optimizer of one of these tables runs already")
            self.runner.start([Work(key["DatabaseName"], key["TableName"], found, record.begin(found)) for key, found in due])
        return answer({"Optimizers": [{name: key[name] for name in ("DatabaseName", "TableName", "Type")} for key, _ in due]})

    def forgetting(self, original: Action) -> Action:
        """Wrap DeleteTable so that the optimizers of a table go with it."""

        def action(data: dict[str, Any]) -> Answer:
            response = original(data)
            for table in data.get("TablesToDelete") or [data.get("Name")]:
                if f"{data['DatabaseName']}/{table}" not in self.tables:
                    for kind in OWN:
                        self.kept.pop(f"{data['DatabaseName']}/{table}/{kind}", None)
            return response

        return action

    def forgetting_all(self, original: Action) -> Action:
        """Wrap DeleteDatabase so that the optimizers of its tables go with it."""

        def action(data: dict[str, Any]) -> Answer:
            response = original(data)
            for key in [key for key in self.kept if key.startswith(f"{data['Name']}/")]:
                if key.rpartition("/")[0] not in self.tables:
                    self.kept.pop(key, None)
            return response

        return action

    def _refused(self, data: dict[str, Any]) -> Answer | None:
        table = self.tables.get(f"{data['DatabaseName']}/{data['TableName']}")
        if table is None:
            return refusal("EntityNotFoundException", f"Table {_table(data)} not found.")
        if (table.get("Parameters") or {}).get("table_type", "").upper() != "ICEBERG":
            return refusal("InvalidInputException", f"{_table(data)} is no Iceberg table")
        try:
            Optimizer.from_configuration(data["Type"], data["TableOptimizerConfiguration"])
        except NotUnderstoodError as error:
            return refusal("InvalidInputException", str(error))
        return None


def _table(data: dict[str, Any]) -> str:
    return f"{data['DatabaseName']}.{data['TableName']}"


def _key(data: dict[str, Any]) -> str:
    return f"{data['DatabaseName']}/{data['TableName']}/{data['Type']}"


def _names(data: dict[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in ("CatalogId", "DatabaseName", "TableName") if name in data}


def _absent(data: dict[str, Any]) -> Answer:
    return refusal("EntityNotFoundException", f"{_table(data)} has no table optimizer of type {data['Type']}")
