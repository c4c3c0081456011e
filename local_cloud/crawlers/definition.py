"""What a crawler is: Glue's definition of it, checked for what the local cloud cannot do."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local_cloud.crawlers.patterns import expression
from local_cloud.glue.parameters import NotUnderstoodError

_TARGET = {"Path", "Exclusions"}
_WANTED = {
    ("SchemaChangePolicy", "UpdateBehavior"): "UPDATE_IN_DATABASE",
    ("SchemaChangePolicy", "DeleteBehavior"): "LOG",
    ("RecrawlPolicy", "RecrawlBehavior"): "CRAWL_EVERYTHING",
}
_CONFIGURED = {
    ("Version",): 1.0,
    ("Grouping", "TableGroupingPolicy"): "CombineCompatibleSchemas",
    ("CrawlerOutput", "Partitions", "AddOrUpdateBehavior"): "InheritFromTable",
}


@dataclass(frozen=True)
class Target:
    """A folder of S3.

    Attributes:
        prefix: of the keys, with the slash at its end; empty for a whole bucket.
        exclusions: of paths below the prefix.
    """

    bucket: str
    prefix: str
    exclusions: tuple[re.Pattern[str], ...]

    def takes(self, key: str) -> bool:
        """Whether an object below the prefix is crawled."""
        return not any(pattern.fullmatch(key.removeprefix(self.prefix)) for pattern in self.exclusions)


@dataclass(frozen=True)
class Crawler:
    """A crawler that can run here.

    Attributes:
        level: depth of the folders that become tables; the bucket is 1.
        most_tables: None for no limit.
    """

    name: str
    role: str
    database: str
    prefix: str
    targets: tuple[Target, ...]
    classifiers: tuple[str, ...]
    level: int
    most_tables: int | None

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> "Crawler":
        """Return the crawler that a definition in the form of Glue's API describes.

        Raises:
            NotUnderstoodError: it asks for something that is not here; the message names it.
        """
        configuration = json.loads(definition.get("Configuration") or "{}")
        for path, wanted in _WANTED.items():
            _only(".".join(path), _at(definition, path), (wanted, None) if path[0] == "RecrawlPolicy" else (wanted,))
        for place, expected in _CONFIGURED.items():
            _only("Configuration." + ".".join(place), _at(configuration, place), (expected, str(expected)))
        level = _at(configuration, ("Grouping", "TableLevelConfiguration"))
        if not isinstance(level, int) or level < 1:
            raise NotUnderstoodError(
                f"the crawler's Configuration.Grouping.TableLevelConfiguration is {level!r}, the local cloud needs a level from 1 on"
            )
        return cls(
            name=definition["Name"],
            role=definition["Role"],
            database=definition.get("DatabaseName") or "default",
            prefix=definition.get("TablePrefix") or "",
            targets=tuple(_targets(definition.get("Targets") or {})),
            classifiers=tuple(definition.get("Classifiers") or ()),
            level=level,
            most_tables=_at(configuration, ("CrawlerOutput", "Tables", "TableThreshold")),
        )


def _targets(targets: Mapping[str, Any]) -> list[Target]:
    others = sorted(kind for kind, found in targets.items() if found and kind != "S3Targets")
    given = targets.get("S3Targets") or []
    unknown = sorted({member for target in given for member in target if target[member]} - _TARGET)
    if others or unknown or not given:
        raise NotUnderstoodError(
            f"the crawler's targets have {', '.join([*others, *unknown]) or 'nothing'}, the local cloud has S3Targets with Path and Exclusions"
        )
    return [_target(target["Path"], target.get("Exclusions") or []) for target in given]


def _target(path: str, exclusions: list[str]) -> Target:
    place = urlsplit(path)
    prefix = place.path.strip("/")
    return Target(place.netloc, f"{prefix}/" if prefix else "", tuple(map(expression, exclusions)))


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for member in path:
        value = (value or {}).get(member)
    return value


def _only(what: str, value: Any, possible: tuple[Any, ...]) -> None:
    if value not in possible:
        raise NotUnderstoodError(f"the crawler's {what} is {value!r}, the local cloud has {possible[0]}")
