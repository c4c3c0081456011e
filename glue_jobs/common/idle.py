"""A run with nothing new is known for one before Spark has started: by the ledger, a listing of raw, and the metadata of the tables."""

import hashlib
import json
from datetime import datetime, timedelta

from glue_jobs.common.accounts import State
from glue_jobs.common.arrivals import Arrivals
from glue_jobs.common.quarantine import COLUMNS, SUFFIX
from glue_jobs.common.run import RawRun
from glue_jobs.common.tables import dataset_columns

# A job bookmark looks again at what is up to 15 minutes older than the newest it knows; twice that, since the two count from different moments:
# https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html
MARGIN = timedelta(minutes=30)


def rows_of_the_untouched(run: RawRun) -> int | None:
    """Return the number of rows in the table of a run that has nothing to do; None where it has, or where only Spark can tell.

    It has nothing to do where the tables are as the last run left them, that run saw the contract as it is, every object that the ledger
    knows is settled, and so is every other that the bookmark could give.
    """
    looked = run.ledger.looked()
    if (
        looked.get("definition") != definition(run)
        or run.ledger.pending()
        or run.ledger.prepared()
        or run.ledger.apart()
        or run.ledger.asked()
    ):
        return None
    table, apart = (run.catalog.metadata(name) for name in (run.contract.name, f"{run.contract.name}{SUFFIX}"))
    if table is None or apart is None or any(branch.startswith("run_") for branch in table["refs"]):
        return None
    if _is_any_unsettled(run, looked.get("newest")):
        return None
    main = table["refs"].get("main", {}).get("snapshot-id")
    return next((int(snapshot["summary"]["total-records"]) for snapshot in table["snapshots"] if snapshot["snapshot-id"] == main), 0)


def note(run: RawRun, arrivals: Arrivals) -> None:
    """Write into the ledger what the next run needs to know whether there is anything to do, once all that this one found is settled."""
    found = [*(head.arrived_at.isoformat() for head in arrivals.counts), *(account.arrived_at or "" for account in arrivals.settled)]
    run.ledger.note_look(definition(run), max([run.ledger.looked().get("newest", ""), *found]))


def definition(run: RawRun) -> str:
    """Return a hash of all that a run brings to the tables besides rows."""
    tables = [str(column) for column in (*dataset_columns(run), *COLUMNS)]
    return hashlib.sha256(json.dumps([run.contract.to_json(), tables]).encode()).hexdigest()


def _is_any_unsettled(run: RawRun, newest: str | None) -> bool:
    """Whether an object lies in raw that the bookmark could give and that no run has settled: its announcement may have been lost.

    Args:
        newest: arrival of the newest object that was accounted for: what is much older, every later run has seen.
    """
    since = datetime.fromisoformat(newest) - MARGIN if newest else None
    keys = {key for source in run.contract.sources for key in run.raw.keys(source.location, since)}
    versions = [(head.key, head.version) for head in run.raw.heads(keys).values() if head]
    return any(state not in set(State) for state in run.ledger.states(versions).values())
