"""What landed in raw becomes rows of a typed, deduplicated table, each of them accounted for.

Glue runs this file as a script. A run that dies at any point leaves readers what they had, and the next one comes to the same table.
"""

import sys
from dataclasses import replace

from contracts.contract import Load
from glue_jobs.common.arrivals import Arrivals, ReadSource, find, keep_newest
from glue_jobs.common.asked import replayed, settle_asked, take_again
from glue_jobs.common.batch import check_not_replaced, conform_batch
from glue_jobs.common.bookmark import bookmarked
from glue_jobs.common.drift import drift_warnings, unknown_columns
from glue_jobs.common.edge import ARGUMENTS, GlueJob, connect_raw, meter
from glue_jobs.common.errors import OvertakenError
from glue_jobs.common.idle import note, rows_of_the_untouched
from glue_jobs.common.publish import complete_earlier_runs
from glue_jobs.common.quarantine import quarantine, take_back
from glue_jobs.common.refresh import nothing_read, publish_changes, untouched
from glue_jobs.common.run import Outcome, RawRun, recorded_failure
from glue_jobs.common.table import Table
from glue_jobs.common.tables import ensure_quarantine_table, ensure_table


def main() -> None:
    # awsglue is there on Glue alone; the functions of this file are for tests too
    from awsglue.utils import getResolvedOptions

    arguments = getResolvedOptions(sys.argv, [*ARGUMENTS, "raw_bucket"])
    job = GlueJob(arguments)
    run = connect_raw(job.session, arguments)
    with recorded_failure(run), meter(arguments).measuring(run) as ended:
        outcome = ended(refresh(run, lambda source: bookmarked(job.context, run, source)))
        run.ledger.finish(run.id, outcome.status, outcome.facts)
        job.commit()


def refresh(run: RawRun, increments: ReadSource) -> Outcome:
    """Bring the table up to what landed.

    Args:
        increments: gives the bookmarked read of a source.
    """
    rows = rows_of_the_untouched(run)
    if rows is not None:
        run.steps.step("untouched", rows=rows)
        return untouched(rows)
    table, apart = ensure_table(run), ensure_quarantine_table(run)
    complete_earlier_runs(run, table)
    take_back(run, apart)
    settle_asked(run, apart)
    arrivals = find(run, increments)
    if run.contract.load is Load.SNAPSHOT:
        arrivals = keep_newest(arrivals, run.ledger.publication().get("newest", ""))
    arrivals = take_again(run, apart, replayed(run, arrivals))
    run.steps.step("found", objects=len(arrivals.counts), settled=len(arrivals.settled), rows=arrivals.rows)
    outcome = _publish(run, table, apart, arrivals) if arrivals.lines else nothing_read(run, table, arrivals)
    settle_asked(run, apart)
    note(run, arrivals)
    return outcome


def _publish(run: RawRun, table: Table, apart: Table, arrivals: Arrivals) -> Outcome:
    batch = conform_batch(arrivals.lines, arrivals.counts, run.contract)
    apart_from = quarantine(run, apart, batch, arrivals.counts)
    unknown = unknown_columns(batch, arrivals)
    found = replace(arrivals, apart=apart_from, unknown=unknown, warnings=[*arrivals.warnings, *drift_warnings(unknown)])
    check_not_replaced(run, found)
    try:
        return publish_changes(run, table, batch, found)
    except OvertakenError:
        run.ledger.note_apart(run.id)  # the other run may have taken the note for that of a dead one
        take_back(run, apart)
        raise


if __name__ == "__main__":
    main()
