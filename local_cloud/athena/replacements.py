"""Put our answering of queries in the place of ministack's, which reads no Iceberg tables."""

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.athena.actions import QueryActions
from local_cloud.athena.events import announce
from local_cloud.athena.result import Results
from local_cloud.environment import home
from local_cloud.replace import borrow, replace

ATHENA = "ministack.services.athena"


def install() -> None:
    """Replace what there is."""
    folder = home() / "queries"
    folder.mkdir(parents=True, exist_ok=True)
    executions = borrow(ATHENA, "_executions", AccountRegionScopedDict, "keep query executions with the rest of the state")
    workgroups = borrow(ATHENA, "_workgroups", AccountRegionScopedDict, "know where results go")
    actions = QueryActions(executions, workgroups, Results(folder), announce)
    replace(ATHENA, "_start_query_execution", actions.start, "run queries")
    replace(ATHENA, "_get_query_results", actions.results_of, "give results")
    replace(ATHENA, "_stop_query_execution", actions.stop, "stop queries")
