"""The actions of Glue's API that are about crawlers."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.answers import Answer, answer, refusal
from local_cloud.crawlers import schedule
from local_cloud.crawlers.crawl import CancelledError, Crawl
from local_cloud.crawlers.definition import Crawler
from local_cloud.crawlers.layout import CrawlError
from local_cloud.credentials import NotAssumableError
from local_cloud.glue import logs
from local_cloud.glue.denials import Denials
from local_cloud.glue.parameters import NotUnderstoodError

LOG_GROUP = "/aws-glue/crawlers"
Action = Callable[[dict[str, Any]], Answer]
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CrawlerActions:
    """StartCrawler and what comes after it.

    A crawler is RUNNING as long as this process crawls; what is kept says only how the last crawl ended.

    Attributes:
        definitions: name -> record in the form of Glue's API, with LastCrawl.
    """

    definitions: Mapping[str, dict[str, Any]]
    denials: Denials
    _live: dict[str, Crawl] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, data: dict[str, Any]) -> Answer:
        """StartCrawler."""
        record = self.definitions.get(data["Name"])
        if record is None:
            return _unknown(data["Name"])
        try:
            crawl = Crawl(Crawler.from_definition(record), self.denials)
        except NotUnderstoodError as error:
            return refusal("InvalidInputException", str(error))
        with self._lock:
            if data["Name"] in self._live:
                return refusal("CrawlerRunningException", f"Crawler with name {data['Name']} has already started")
            self._live[data["Name"]] = crawl
        threading.Thread(target=self._carry_out, args=(crawl, record, time.time()), daemon=True).start()
        return answer({})

    def get(self, data: dict[str, Any]) -> Answer:
        """GetCrawler."""
        record = self.definitions.get(data["Name"])
        return _unknown(data["Name"]) if record is None else answer({"Crawler": self._describe(record)})

    def list(self, data: dict[str, Any]) -> Answer:
        """GetCrawlers."""
        return answer({"Crawlers": [self._describe(record) for record in self.definitions.values()]})

    def stop(self, data: dict[str, Any]) -> Answer:
        """StopCrawler."""
        if data["Name"] not in self.definitions:
            return _unknown(data["Name"])
        crawl = self._live.get(data["Name"])
        if crawl is None:
            return refusal("CrawlerNotRunningException", f"Crawler with name {data['Name']} is not running")
        crawl.stopped.set()
        return answer({})

    def stop_all(self) -> None:
        """End all crawls at the next object."""
        for crawl in list(self._live.values()):
            crawl.stopped.set()

    def at_rest(self, original: Action) -> Action:
        """Wrap DeleteCrawler so that a running crawler is refused."""

        def action(data: dict[str, Any]) -> Answer:
            if data["Name"] in self._live:
                return refusal("CrawlerRunningException", f"Crawler with name {data['Name']} is running; stop it first")
            return original(data)

        return action

    def checked(self, original: Action) -> Action:
        """Wrap CreateCrawler or UpdateCrawler so that what cannot run here is refused before it is kept."""

        def action(data: dict[str, Any]) -> Answer:
            try:
                Crawler.from_definition({**(self.definitions.get(data["Name"]) or {}), **data})
                if data.get("Schedule"):
                    schedule.fields(data["Schedule"])
            except NotUnderstoodError as error:
                return refusal("InvalidInputException", str(error))
            return self.at_rest(original)(data)

        return action

    def _describe(self, record: dict[str, Any]) -> dict[str, Any]:
        crawl = self._live.get(record["Name"])
        state = "READY" if crawl is None else "STOPPING" if crawl.stopped.is_set() else "RUNNING"
        kept = {member: value for member, value in record.items() if value is not None}
        if kept.get("Schedule"):
            kept["Schedule"] = {"State": "SCHEDULED", **kept["Schedule"]}
        return {**kept, "State": state}

    def _carry_out(self, crawl: Crawl, record: dict[str, Any], started: float) -> None:
        status, error = _outcome(crawl)
        name = record["Name"]
        logs.deliver(LOG_GROUP, name, [*crawl.said, f"{status}{f': {error}' if error else ''}"])
        told = {"Status": status, "ErrorMessage": error, "LogGroup": LOG_GROUP, "LogStream": name, "MessagePrefix": f"{started:.3f}"}
        record["LastCrawl"] = {member: value for member, value in told.items() if value is not None} | {"StartTime": started}
        record["CrawlElapsedTime"] = round((time.time() - started) * 1000)
        del self._live[name]


def _outcome(crawl: Crawl) -> tuple[str, str | None]:
    try:
        crawl.run()
    except CancelledError:
        return "CANCELLED", None
    except (ClientError, NotAssumableError, CrawlError) as error:
        return "FAILED", str(error)
    except Exception as error:  # whatever it was, the crawler must not run for ever
        _logger.exception("crawler %s", crawl.crawler.name)
        return "FAILED", f"internal error of the local cloud: {error}; see its log"
    return "SUCCEEDED", None


def _unknown(name: str) -> Answer:
    return refusal("EntityNotFoundException", f"Crawler with name {name} does not exist")
