"""Runs optimizers: one Spark process under their own role for all that are asked for at once."""

import json
import logging
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.credentials import NotAssumableError, for_role
from local_cloud.environment import spark_python
from local_cloud.glue import logs
from local_cloud.glue.denials import Denials
from local_cloud.glue.outcome import outcome
from local_cloud.glue.process import Command, Process
from local_cloud.glue.workspace import RUNTIME, NotRunnableError, Workspace
from local_cloud.optimizers import record
from local_cloud.optimizers.record import Record

CATALOG = "spark.sql.catalog.glue_catalog"
SETTINGS = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    CATALOG: "org.apache.iceberg.spark.SparkCatalog",
    f"{CATALOG}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    f"{CATALOG}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    f"{CATALOG}.glue.skip-archive": "true",
}
LOG_GROUPS = {kind: f"/aws-glue/iceberg-{kind.replace('_', '-')}/logs" for kind in ("compaction", "retention", "orphan_file_deletion")}
SECONDS = 30 * 60
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """One run of one optimizer."""

    database: str
    table: str
    record: Record
    run: Record

    def task(self) -> dict[str, Any]:
        """Return what the process is told of it."""
        optimizer = record.optimizer(self.record)
        return {"database": self.database, "table": self.table, "type": optimizer.kind, "told": dict(optimizer.told)}


@dataclass
class Runner:
    """Runs what it is given in threads of its own, one process at a time.

    Attributes:
        folder: has the log of each process, and the folder in which it works.
    """

    denials: Denials
    folder: Path
    _live: dict[str, Process] = field(default_factory=dict)
    _works: list[Work] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def start(self, works: Sequence[Work]) -> None:
        """Begin; the records tell how it goes."""
        self._works += works
        for role in {work.record["configuration"]["roleArn"] for work in works}:
            due = [work for work in works if work.record["configuration"]["roleArn"] == role]
            threading.Thread(target=self._carry_out, args=(role, due), daemon=True).start()

    def is_at_work_on(self, found: Record) -> bool:
        """Whether a run of an optimizer is under way here; a record may say so though the local cloud ended meanwhile."""
        return any(work.record is found for work in self._works)

    def stop_all(self) -> None:
        """Kill all processes."""
        for process in list(self._live.values()):
            process.kill()

    def _carry_out(self, role: str, works: Sequence[Work]) -> None:
        name = f"optimize-{secrets.token_hex(8)}"
        try:
            with self._one_at_a_time:
                error = self._run(name, role, works)
        except (ClientError, NotAssumableError, NotRunnableError) as problem:
            error = str(problem)
        except Exception as problem:  # whatever it was, no run may stay live
            _logger.exception("optimizers of %s", [f"{work.database}.{work.table}" for work in works])
            error = f"internal error of the local cloud: {problem}; see its log"
        for work in works:
            if "endTimestamp" not in work.run:
                record.end(work.record, work.run, None, error)
            self._works.remove(work)

    def _run(self, name: str, role: str, works: Sequence[Work]) -> str:
        """Run the procedures, and return why those that said nothing did not run."""
        for work in works:
            work.run["eventType"] = "in_progress"
        credentials = for_role(role, name)
        workspace = Workspace(self.folder / name, {"--conf": _chained(SETTINGS)}, credentials)
        watch = self.denials.watch(credentials.access_key, lambda: self._kill(name))
        try:
            workspace.make()
            tasks, results = workspace.folder / "tasks.json", workspace.folder / "results"
            tasks.write_text(json.dumps([work.task() for work in works]))
            results.touch()
            process = self._live[name] = Process(
                Command(
                    arguments=[str(spark_python()), str(RUNTIME / "start.py"), str(RUNTIME / "optimize.py"), str(tasks), str(results)],
                    environment=workspace.environment(),
                    folder=workspace.folder,
                    log=self.folder / f"{name}.log",
                    pid_file=self.folder / f"{name}.pid",
                )
            )
            code = process.wait(SECONDS)
            for work, line in zip(works, results.read_text().splitlines(), strict=False):
                told = json.loads(line)
                denied = watch.messages() if told["error"] else []
                record.end(work.record, work.run, told["metrics"], "\n".join([told["error"], *denied]) if told["error"] else None)
                logs.deliver(LOG_GROUPS[work.record["type"]], f"{work.database}.{work.table}", [line])
            return outcome(code, workspace.failure, watch)[1] or "it was not reached"
        finally:
            self._live.pop(name, None)
            self.denials.forget(credentials.access_key)
            workspace.remove()

    def _kill(self, name: str) -> None:
        process = self._live.get(name)
        if process:
            process.kill()


def _chained(settings: dict[str, str]) -> str:
    return " --conf ".join(f"{name}={value}" for name, value in settings.items())
