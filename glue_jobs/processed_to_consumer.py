"""A product: the result of its SQL over its inputs, published whole or not at all.

Glue runs this file as a script. The product is rebuilt in full whenever an input, the SQL or the contract has changed, also where its
contract refreshes it by partition; where nothing has, it is left alone.
"""

import sys
from collections.abc import Mapping

from glue_jobs.common.edge import ARGUMENTS, GlueJob, connect, databases_of, meter
from glue_jobs.common.product import build, built_from, last_build, pin_inputs, publish_product
from glue_jobs.common.publish import complete_earlier_runs
from glue_jobs.common.run import Outcome, Run, recorded_failure
from glue_jobs.common.tables import ensure_table


def main() -> None:
    # awsglue is there on Glue alone; the functions of this file are for tests too
    from awsglue.utils import getResolvedOptions

    arguments = getResolvedOptions(sys.argv, [*ARGUMENTS, "inputs"])
    job = GlueJob(arguments)
    run = connect(job.session, arguments)
    with recorded_failure(run), meter(arguments).measuring(run) as ended:
        outcome = ended(refresh(run, databases_of(arguments["inputs"])))
        run.ledger.finish(run.id, outcome.status, outcome.facts)
        job.commit()


def refresh(run: Run, databases: Mapping[str, str]) -> Outcome:
    """Bring the product up to its inputs."""
    inputs = pin_inputs(run, databases)
    missing = [dataset for dataset, pin in inputs.items() if pin.snapshot is None]
    if missing:
        return Outcome(status="waiting", facts={"cause": f"never published: {', '.join(missing)}"})
    table = ensure_table(run)
    complete_earlier_runs(run, table)
    wanted = built_from(run.contract, inputs)
    last = last_build(table)
    if last.is_made_from(wanted):
        return Outcome(status="unchanged", facts={"rows": table.rows(table.refs().get("main"))})
    return publish_product(run, table, build(run, inputs), wanted, last)


if __name__ == "__main__":
    main()
