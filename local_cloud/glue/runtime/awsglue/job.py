"""A run of a job, from init to commit."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from awsglue.bookmark_store import BookmarkStore
from awsglue.job_bookmark import JobBookmark, Option
from awsglue.utils import getResolvedOptions


class Job:
    """The run that this process is."""

    bookmark: ClassVar[JobBookmark | None] = None
    """Of the job that was initialised, if one was: sources read by it."""

    def __init__(self, glue_context: Any) -> None:
        self._glue_context = glue_context

    def init(self, job_name: str, args: Mapping[str, Any] | None = None) -> None:
        """Begin, with the bookmark that the last committed run left."""
        given = getResolvedOptions(sys.argv, []) | dict(args or {})
        first, last = given.get("job_bookmark_from"), given.get("job_bookmark_to")
        Job.bookmark = JobBookmark(
            store=BookmarkStore(Path(os.environ["GLUE_BOOKMARKS"])),
            job_name=job_name,
            run_id=given["JOB_RUN_ID"],
            option=Option(given["job_bookmark_option"]),
            started=int(os.environ["GLUE_RUN_STARTED"]),
            window=(first, last) if first and last else None,
        )

    def commit(self) -> None:
        """Save the bookmark.

        Raises:
            VersionMismatchError: another run of the job has committed meanwhile.
        """
        if Job.bookmark is None:
            raise RuntimeError("job.commit() was called before job.init()")
        Job.bookmark.commit()
