"""The warehouse's Data API: one transaction at a time, as scripted."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.edges.engine.world import World

SECONDS = 7  # that a transaction takes


@dataclass
class Warehouse:
    """The transactions of one world.

    Attributes:
        script: how the next ones end: FAILED, ABORTED or endless; FINISHED where nothing is said.
        begun: token -> name, statements and moment of each.
    """

    world: "World"
    script: list[str] = field(default_factory=list)
    begun: dict[str, dict[str, Any]] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)

    def __call__(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = getattr(self, name)(**arguments)
        return found

    def batch_execute_statement(
        self, WorkgroupName: str, Database: str, Sqls: list[str], StatementName: str, ClientToken: str
    ) -> dict[str, Any]:
        if ClientToken not in self.begun:
            outcome = self.script.pop(0) if self.script else "FINISHED"
            self.begun[ClientToken] = {"name": StatementName, "sql": Sqls, "at": self.world.fibers.now, "outcome": outcome}
        return {"Id": ClientToken}

    def describe_statement(self, Id: str) -> dict[str, Any]:
        found = self.begun[Id]
        status = found["outcome"] if found["outcome"] != "endless" and self.world.fibers.now - found["at"] > SECONDS else "STARTED"
        if status == "FINISHED" and Id not in self.finished:
            self.finished.append(Id)
        error = {"Error": "scripted"} if status in ("FAILED", "ABORTED") else {}
        parts = [{"Id": f"{Id}:1", "Status": "FAILED", "Error": "scripted", "QueryString": found["sql"][0]}] if status == "FAILED" else []
        return {"Id": Id, "Status": status, "SubStatements": parts, **error}

    def cancel_statement(self, Id: str) -> dict[str, Any]:
        self.begun[Id]["outcome"] = "ABORTED"
        return {"Status": True}
