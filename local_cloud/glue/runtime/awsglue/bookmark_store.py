"""Bookmarks of all jobs, one JSON file per job: what each committed run left, the latest last."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from awsglue.bookmark import State

Entry = dict[str, Any]

RUNS_KEPT = 200
"""How far back a job can be rewound."""


class VersionMismatchError(Exception):
    """Another run of the job has committed since this one began."""


class UnknownRunError(Exception):
    """No committed run of the job has this id."""


class BookmarkStore:
    """The bookmarks in a folder, safe for several processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self, job_name: str) -> list[Entry]:
        """Return what the committed runs of a job left, the latest last, in the form of Glue's JobBookmarkEntry."""
        try:
            content: list[Entry] = json.loads(self._file(job_name).read_text())
        except FileNotFoundError:
            return []
        return content

    def latest(self, job_name: str) -> Entry | None:
        """Return what the last committed run of a job left."""
        entries = self.entries(job_name)
        return entries[-1] if entries else None

    def at(self, job_name: str, run_id: str) -> Entry:
        """Return what a run left.

        Raises:
            UnknownRunError: it has not committed, or too long ago.
        """
        for entry in self.entries(job_name):
            if entry["RunId"] == run_id:
                return entry
        raise UnknownRunError(f"no committed run {run_id} of job {job_name}")

    def commit(self, job_name: str, run_id: str, version: int, sources: Mapping[str, State]) -> int:
        """Record that a run has committed and return the new version.

        Args:
            version: that the run began with.
            sources: transformation_ctx -> state.

        Raises:
            VersionMismatchError: another run has committed meanwhile.
        """
        with self._locked():
            entries = self.entries(job_name)
            last: Entry = entries[-1] if entries else {"Version": 0, "Run": 0, "RunId": None}
            if last["Version"] != version:
                found = last["Version"]
                raise VersionMismatchError(f"Continuation update failed due to version mismatch. Expected version {version}, found {found}")
            entry = {
                "JobName": job_name,
                "Version": version + 1,
                "Run": last["Run"] + 1,
                "Attempt": 0,
                "PreviousRunId": last["RunId"],
                "RunId": run_id,
                "JobBookmark": json.dumps(sources),
            }
            self._write(job_name, [*entries, entry])
            return version + 1

    def reset(self, job_name: str, run_id: str | None = None) -> Entry | None:
        """Forget all bookmarks of a job or, with a run id, all that came after that run.

        Raises:
            UnknownRunError: it has not committed, or too long ago.
        """
        with self._locked():
            entries = self.entries(job_name)
            if run_id is None:
                self._file(job_name).unlink(missing_ok=True)
                return None
            target = self.at(job_name, run_id)
            # A version is never used twice: a run that began before the reset must not commit after it.
            rewound = target | {"Version": entries[-1]["Version"] + 1}
            self._write(job_name, [*entries[: entries.index(target)], rewound])
            return rewound

    def _file(self, job_name: str) -> Path:
        return self._folder / f"{quote(job_name, safe='')}.json"

    def _write(self, job_name: str, entries: list[Entry]) -> None:
        draft = self._file(job_name).with_suffix(".draft")
        with draft.open("w") as file:
            json.dump(entries[-RUNS_KEPT:], file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file(job_name))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
