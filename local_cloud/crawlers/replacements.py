"""Put our crawlers in the place of ministack's, which say SUCCEEDED without looking at anything."""

import threading

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.crawlers import schedule
from local_cloud.crawlers.api import CrawlerActions
from local_cloud.glue.denials import Denials
from local_cloud.replace import borrow, replace, wrap
from local_cloud.stopping import before_stop

GLUE = "ministack.services.glue"


def install() -> None:
    """Replace what there is, and begin to look at the schedules."""
    denials = Denials()
    wrap("ministack.core.iam_evaluator", "enforce", denials.around, "name the grant that a failed crawl misses")
    actions = CrawlerActions(borrow(GLUE, "_crawlers", AccountRegionScopedDict, "know the definitions of crawlers"), denials)
    replace(GLUE, "_start_crawler", actions.start, "crawl")
    replace(GLUE, "_stop_crawler", actions.stop, "stop crawls")
    replace(GLUE, "_get_crawler", actions.get, "tell how a crawl goes")
    replace(GLUE, "_get_crawlers", actions.list, "tell how crawls go")
    wrap(GLUE, "_delete_crawler", actions.at_rest, "refuse to delete a crawler that runs")
    for action in ("_create_crawler", "_update_crawler"):
        wrap(GLUE, action, actions.checked, "refuse crawlers that cannot run here")
    stop = threading.Event()
    before_stop(stop.set)
    before_stop(actions.stop_all)
    threading.Thread(target=schedule.run, args=(stop,), name="crawler schedules", daemon=True).start()
