"""One crawl: list, look into, infer, write; all of it with the rights of the crawler's role."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.client import client
from local_cloud.crawlers.definition import Crawler, Target
from local_cloud.crawlers.layout import CrawlError, Folder, Found, folders
from local_cloud.crawlers.sample import Sample, take
from local_cloud.crawlers.schema import Csv, columns
from local_cloud.crawlers.tables import Catalog, table_input
from local_cloud.credentials import Credentials, for_role
from local_cloud.glue.denials import Denials


class CancelledError(Exception):
    """The crawl was stopped."""


@dataclass
class Crawl:
    """A crawl under way.

    Attributes:
        said: its log.
    """

    crawler: Crawler
    denials: Denials
    stopped: Event = field(default_factory=Event)
    said: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Crawl.

        Raises:
            CrawlError: it failed, and why.
            NotAssumableError: so did the role.
            CancelledError: it was stopped.
        """
        csv = self._csv()
        keys = for_role(self.crawler.role, "AWS-Crawler")
        watch = self.denials.watch(keys.access_key, give_up=lambda: None)
        try:
            self._crawl(keys, csv)
        except ClientError as error:
            # what S3 says names the request, where the key of the object may be what is missing
            missing = [denial for denial in watch.messages() if denial not in str(error)]
            raise CrawlError("\n".join([str(error), *missing])) from error
        finally:
            self.denials.forget(keys.access_key)

    def _crawl(self, keys: Credentials, csv: Csv | None) -> None:
        s3, glue = (client(service, keys.access_key, keys.secret_key, keys.token) for service in ("s3", "glue"))
        found = folders((one for target in self.crawler.targets for one in _objects(s3, target)), self.crawler.level)
        made = [self._table(folder, s3, csv) for folder in found]
        if self.crawler.most_tables is not None and len(made) > self.crawler.most_tables:
            names = ", ".join(table["Name"] for table in made)
            raise CrawlError(f"The number of tables detected ({len(made)}: {names}) exceeds the table threshold {self.crawler.most_tables}")
        catalog = Catalog(glue, self.crawler.database, self.crawler.name)
        for folder, table in zip(found, made, strict=True):
            self.said.append(catalog.write(table, folder))
        if not found:
            self.said.append("no objects, no tables")

    def _csv(self) -> Csv | None:
        glue = client("glue")
        for name in self.crawler.classifiers:
            try:
                classifier = glue.get_classifier(Name=name)["Classifier"]
            except glue.exceptions.EntityNotFoundException as error:
                raise CrawlError(f"classifier {name} does not exist") from error
            if "CsvClassifier" not in classifier:
                raise CrawlError(f"classifier {name} is a {next(iter(classifier))}; the local cloud has CsvClassifier")
            return Csv.from_classifier(classifier["CsvClassifier"])
        return None

    def _table(self, folder: Folder, s3: Any, csv: Csv | None) -> dict[str, Any]:
        with TemporaryDirectory() as drafts:
            names = {Path(drafts) / str(number): found for number, found in enumerate(folder.objects)}
            samples = [self._sample(s3, found, file) for file, found in names.items()]
            kinds = sorted({sample.classification for sample in samples})
            if len(kinds) > 1:
                raise CrawlError(
                    f"{folder.location} has objects of {' and '.join(kinds)}, which make more than one table; keep one format per folder"
                )
            try:
                found_columns = columns(samples, csv)
            except CrawlError as error:
                raise CrawlError(_with_keys(str(error), names)) from error
        self.said.append(f"{folder.location}: {len(samples)} objects of {kinds[0]}, {len(found_columns)} columns")
        return table_input(folder, self.crawler.prefix + folder.name, found_columns, samples, csv)

    def _sample(self, s3: Any, found: Found, file: Path) -> Sample:
        if self.stopped.is_set():
            raise CancelledError
        return take(s3, found, file)


def _objects(s3: Any, target: Target) -> Iterator[Found]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=target.bucket, Prefix=target.prefix):
        for listed in page.get("Contents", []):
            if listed["Size"] and target.takes(listed["Key"]):
                yield Found(target.bucket, listed["Key"], listed["Size"])


def _with_keys(text: str, names: dict[Path, Found]) -> str:
    for file, found in names.items():
        text = text.replace(f'"{file}"', f"s3://{found.bucket}/{found.key}")
    return text
