"""Buckets on their way out: how much they hold, and emptied, since CloudFormation deletes none that holds an object."""

from typing import TYPE_CHECKING

from cli.common.console import Say
from cli.common.errors import UserError
from cli.common.session import Lake

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

DELETED_AT_ONCE = 1000  # what DeleteObjects takes
PAGES = 10  # that are looked at to say how much a bucket holds
GB = 1e9


def size(lake: Lake, bucket: str) -> tuple[int, int, bool]:
    """Return how many versions of objects a bucket holds and their bytes, and whether these are all of them."""
    number = held = 0
    pages = lake.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": DELETED_AT_ONCE})
    for count, page in enumerate(pages, start=1):
        number += len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))
        held += sum(version.get("Size", 0) for version in page.get("Versions", []))
        if count == PAGES and page.get("IsTruncated"):
            return number, held, False
    return number, held, True


def empty(lake: Lake, bucket: str, say: Say) -> int:
    """Delete every version of every object of a bucket and return how many there were.

    Raises:
        UserError: S3 refused to delete one; with its reason.
    """
    done = 0
    for page in lake.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": DELETED_AT_ONCE}):
        found: list[ObjectIdentifierTypeDef] = [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if not found:
            continue
        if refused := lake.s3.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True}).get("Errors"):
            first = refused[0]
            raise UserError(f"{bucket}/{first.get('Key')} was not deleted: {first.get('Code')}: {first.get('Message')}")
        done += len(found)
        say(f"{bucket}: {done:,} versions deleted")
    return done
