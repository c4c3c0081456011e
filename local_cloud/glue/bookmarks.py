"""The actions of Glue's API that are about job bookmarks."""

from dataclasses import dataclass
from typing import Any

from awsglue.bookmark_store import BookmarkStore, UnknownRunError
from local_cloud.answers import Answer, answer, refusal


@dataclass(frozen=True)
class BookmarkActions:
    """GetJobBookmark and ResetJobBookmark."""

    store: BookmarkStore

    def get(self, data: dict[str, Any]) -> Answer:
        """GetJobBookmark."""
        entry = self.store.latest(data["JobName"])
        return answer({"JobBookmarkEntry": entry}) if entry else _not_found(data["JobName"])

    def reset(self, data: dict[str, Any]) -> Answer:
        """ResetJobBookmark, to nothing or, with a RunId, to what that run left."""
        try:
            entry = self.store.reset(data["JobName"], data.get("RunId"))
        except UnknownRunError as error:
            return refusal("EntityNotFoundException", f"Continuation not found: {error}")
        return answer({"JobBookmarkEntry": entry} if entry else {})


def _not_found(job_name: str) -> Answer:
    return refusal("EntityNotFoundException", f"Continuation for job {job_name} not found")
