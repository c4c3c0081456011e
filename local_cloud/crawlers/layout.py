"""Which folders become tables, and which folders below them partitions."""

from collections.abc import Iterable
from dataclasses import dataclass, field


class CrawlError(Exception):
    """A crawl cannot come to its end; the text is what LastCrawl says."""


@dataclass(frozen=True)
class Found:
    """An object of S3."""

    bucket: str
    key: str
    size: int


@dataclass
class Folder:
    """What becomes a table.

    Attributes:
        location: s3:// address, with the slash at its end.
        keys: names of the partition columns.
        partitions: values -> s3:// address.
    """

    name: str
    location: str
    keys: tuple[str, ...]
    objects: list[Found] = field(default_factory=list)
    partitions: dict[tuple[str, ...], str] = field(default_factory=dict)


def folders(objects: Iterable[Found], level: int) -> list[Folder]:
    """Return the tables that objects make at a level, at which the bucket is 1.

    Raises:
        CrawlError: an object lies above the level, or folders of one table differ in their partition columns.
    """
    made: dict[str, Folder] = {}
    for found in objects:
        path = [found.bucket, *found.key.split("/")[:-1]]
        if len(path) < level:
            raise CrawlError(f"s3://{found.bucket}/{found.key} lies above table level {level}; put it into a folder of a table")
        location, below = _address(path[:level]), [_partition(number, part) for number, part in enumerate(path[level:])]
        keys, values = tuple(key for key, _ in below), tuple(value for _, value in below)
        folder = made.setdefault(location, Folder(_name(path[level - 1]), location, keys))
        if folder.keys != keys:
            raise CrawlError(
                f"s3://{found.bucket}/{found.key} has partition columns {_list(keys)}, others of {location} have {_list(folder.keys)}"
            )
        folder.objects.append(found)
        if keys:
            folder.partitions[values] = _address(path)
    return list(made.values())


def _partition(number: int, part: str) -> tuple[str, str]:
    key, equals, value = part.partition("=")
    return (key.lower(), value) if equals and key else (f"partition_{number}", part)


def _name(part: str) -> str:
    return "".join(character if character.isalnum() else "_" for character in part.lower())


def _address(path: list[str]) -> str:
    return "s3://" + "/".join(path) + "/"


def _list(keys: tuple[str, ...]) -> str:
    return ", ".join(keys) or "none"
