"""Put our runner of Glue jobs in the place of ministack's, which says SUCCEEDED without running anything."""

from pathlib import Path

from ministack.core.responses import AccountRegionScopedDict

from awsglue.bookmark_store import BookmarkStore
from local_cloud.environment import home
from local_cloud.glue import archiving
from local_cloud.glue.adding import add
from local_cloud.glue.api import JobRunActions, keeping
from local_cloud.glue.bookmarks import BookmarkActions
from local_cloud.glue.denials import Denials
from local_cloud.glue.events import announce
from local_cloud.glue.job_run import JobRuns
from local_cloud.glue.runner import Runner
from local_cloud.replace import borrow, replace, wrap
from local_cloud.stopping import before_stop

GLUE = "ministack.services.glue"


def install() -> None:
    """Replace what there is; fail the runs that were live when the local cloud ended."""
    jobs, bookmarks = home() / "jobs", home() / "bookmarks"
    for folder in (jobs, bookmarks):
        folder.mkdir(parents=True, exist_ok=True)
    runs, denials = JobRuns(jobs), Denials()
    runs.load()
    runner = Runner(runs, denials, jobs, bookmarks, announce)
    before_stop(runner.stop_all)
    before_stop(archiving.begin())
    wrap("ministack.core.iam_evaluator", "enforce", denials.around, "name the grant that a failed run misses")
    _put_in_place(runs, runner, bookmarks)


def _put_in_place(runs: JobRuns, runner: Runner, bookmarks: Path) -> None:
    definitions = borrow(GLUE, "_jobs", AccountRegionScopedDict, "know the definitions of jobs")
    actions = JobRunActions(definitions, runs, runner)
    replace(GLUE, "_start_job_run", actions.start, "run jobs")
    replace(GLUE, "_get_job_run", actions.get, "tell how a run goes")
    replace(GLUE, "_get_job_runs", actions.list, "tell how runs go")
    replace(GLUE, "_batch_stop_job_run", actions.stop, "stop runs")
    for action in ("_create_job", "_update_job"):
        wrap(GLUE, action, lambda original: keeping(definitions, original), "keep all members of a job's definition")
    bookmark = BookmarkActions(BookmarkStore(bookmarks))
    add({"GetJobBookmark": bookmark.get, "ResetJobBookmark": bookmark.reset}, "answer for job bookmarks")
