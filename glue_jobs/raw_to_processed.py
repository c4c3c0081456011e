"""What landed in raw becomes rows of a typed, deduplicated table, each of them accounted for.

Glue runs this file as a script. A run that dies at any point leaves readers what they had, and the next one comes to the same table.
"""

import sys
from dataclasses import replace
from functools import partial

from pyspark import SparkContext

from contracts.contract import Load
from glue_jobs.common.arrivals import ReadSource, find, keep_newest
from glue_jobs.common.batch import check_not_replaced, conform_batch
from glue_jobs.common.bookmark import bookmarked
from glue_jobs.common.edge import ARGUMENTS, connect_raw, meter, settle
from glue_jobs.common.publish import complete_earlier_runs
from glue_jobs.common.quarantine import quarantine
from glue_jobs.common.refresh import nothing_read, publish_changes
from glue_jobs.common.run import Outcome, RawRun, recorded_failure
from glue_jobs.common.tables import ensure_quarantine_table, ensure_table


def main() -> None:
    # awsglue is there on Glue alone; the functions of this file are for tests too
    from awsglue.context import GlueContext
    from awsglue.job import Job
    from awsglue.utils import getResolvedOptions

    arguments = getResolvedOptions(sys.argv, [*ARGUMENTS, "raw_bucket"])
    context = GlueContext(SparkContext.getOrCreate())
    settle(context.spark_session)
    job = Job(context)
    job.init(arguments["JOB_NAME"], arguments)
    run = connect_raw(context.spark_session, arguments)
    with recorded_failure(run), meter(arguments).measuring(run) as ended:
        outcome = ended(refresh(run, partial(bookmarked, context, run)))
        run.ledger.finish(run.id, outcome.status, outcome.facts)
        job.commit()


def refresh(run: RawRun, increments: ReadSource) -> Outcome:
    """Bring the table up to what landed.

    Args:
        increments: gives the bookmarked read of a source.
    """
    table, apart = ensure_table(run), ensure_quarantine_table(run)
    complete_earlier_runs(run, table)
    arrivals = find(run, increments)
    if run.contract.load is Load.SNAPSHOT:
        arrivals = keep_newest(arrivals, run.ledger.publication().get("newest", ""))
    run.steps.step("found", objects=len(arrivals.counts), settled=len(arrivals.settled), rows=arrivals.rows)
    if not arrivals.lines:
        return nothing_read(run, table, arrivals)
    batch = conform_batch(arrivals.lines, arrivals.counts, run.contract)
    arrivals = replace(arrivals, apart=quarantine(run, apart, batch, arrivals.counts))
    check_not_replaced(run, arrivals)
    return publish_changes(run, table, batch, arrivals)


if __name__ == "__main__":
    main()
