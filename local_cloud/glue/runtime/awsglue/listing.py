"""What an S3 source has: objects listed by the S3 API under the job's own credentials."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3

from awsglue.bookmark import S3Object

_GLOB = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}


def list_objects(path: str, recurse: bool, exclusions: str | None) -> list[S3Object]:
    """Return the objects of a path: the object itself, or those in the folder, and in folders in it if `recurse`.

    Args:
        exclusions: a JSON list of glob patterns for whole s3:// addresses, in which only `**` crosses folders.
    """
    excluded = [pattern(glob) for glob in json.loads(exclusions or "[]")]
    found = [*_listed(path, recurse)]
    return [item for item in found if not any(glob.fullmatch(item.uri) for glob in excluded)]


def _listed(path: str, recurse: bool) -> Iterator[S3Object]:
    parts = urlsplit(path)
    bucket, key = parts.netloc, parts.path.lstrip("/")
    folder = key if key.endswith("/") or not key else f"{key}/"
    options: dict[str, Any] = {} if recurse else {"Delimiter": "/"}
    for page in boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder, **options):
        for item in page.get("Contents", []):
            if not _is_hidden(item["Key"][len(folder) :]):
                yield S3Object(int(item["LastModified"].timestamp() * 1000), f"s3://{bucket}/{item['Key']}", item["Size"])


def _is_hidden(relative: str) -> bool:
    # As Hadoop does: markers of folders, and names that begin with _ or . at any depth, unless they are partitions.
    names = relative.split("/")
    return not names[-1] or any(name.startswith(".") or (name.startswith("_") and "=" not in name) for name in names)


def pattern(glob: str) -> re.Pattern[str]:
    """Return the regular expression for a glob pattern, in which a backslash takes the meaning from what follows it."""
    return re.compile("".join(map(_expression, re.findall(r"\\.|\*\*|\[[^\]]*\]|.", glob, re.DOTALL))))


def _expression(token: str) -> str:
    if len(token) > 1 and token[0] in "\\[":
        return re.escape(token[1]) if token[0] == "\\" else token
    return _GLOB.get(token, re.escape(token))
