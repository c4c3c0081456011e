"""Whether Lake Formation would come between the lake's roles, which IAM lets in, and its data."""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.common import stacks
from cli.common.preflight.finding import Finding, Level
from cli.common.session import Lake
from cli.common.teardown.plan import BUCKET

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
DEFAULTS = {"CreateDatabaseDefaultPermissions": "databases", "CreateTableDefaultPermissions": "tables"}
DATABASE = "AWS::Glue::Database"


def look(lake: Lake, names: Iterator[str] | list[str]) -> Iterator[Finding]:
    """Yield what new and what deployed databases and buckets would be closed by.

    Args:
        names: of the environment's stacks.
    """
    if lake.settings.is_local:
        yield Finding(Level.NOTE, "the local cloud has no Lake Formation: what it would refuse shows only in an account")
        return
    yield defaults(lake)
    known = stacks.deployed(lake)
    held = stacks.resources(lake, [name for name in names if name in known])
    yield from _closed(lake, [resource.name for resource in held if resource.kind == DATABASE])
    yield from _registered(lake, [resource.name for resource in held if resource.kind == BUCKET])


def defaults(lake: Lake) -> Finding:
    """Return whether new databases and tables would be closed to those whom IAM lets in."""
    settings = lake.lakeformation.get_data_lake_settings()["DataLakeSettings"]
    if closed := [kind for name, kind in DEFAULTS.items() if not _is_open(settings.get(name, []))]:
        return Finding(
            Level.ERROR,
            f"Lake Formation closes new {' and '.join(closed)} to all whom it has granted nothing: the jobs could not open their own",
            "Lake Formation console, Data Catalog settings: use only IAM access control for new databases and for new tables; "
            "or make CDK's cfn-exec role a Lake Formation administrator and grant the jobs' roles after the deploy",
        )
    return Finding(Level.OK, "Lake Formation leaves new databases and tables to IAM")


def _is_open(grants: list[dict[str, Any]]) -> bool:
    return any(grant["Principal"].get("DataLakePrincipalIdentifier") == EVERYBODY and "ALL" in grant["Permissions"] for grant in grants)


def _closed(lake: Lake, databases: list[str]) -> Iterator[Finding]:
    """Yield the deployed databases that were made while the defaults were others, or that somebody has closed since."""
    for name in databases:
        resource: Mapping[str, Any] = {"Database": {"Name": name}}
        found = lake.lakeformation.list_permissions(ResourceType="DATABASE", Resource=resource)["PrincipalResourcePermissions"]
        if not _is_open(found):
            yield Finding(
                Level.ERROR,
                f"Lake Formation closes the database {name} to all whom it has granted nothing",
                f"aws lakeformation grant-permissions --principal DataLakePrincipalIdentifier={EVERYBODY} --permissions ALL "
                f'--resource \'{{"Database":{{"Name":"{name}"}}}}\' --region {lake.settings.region}',
            )


def _registered(lake: Lake, buckets: list[str]) -> Iterator[Finding]:
    """Yield the lake's buckets that Lake Formation hands out credentials for, which then count beside those of the roles."""
    pages = lake.lakeformation.get_paginator("list_resources").paginate() if buckets else ()
    arns = [one["ResourceArn"] for page in pages for one in page["ResourceInfoList"]]
    for bucket in buckets:
        for arn in arns:
            if arn.removeprefix("arn:aws:s3:::").split("/")[0] == bucket:
                yield Finding(
                    Level.NOTE,
                    f"{arn} is registered with Lake Formation: who asks Athena needs a data location or table grant there too",
                    f"aws lakeformation deregister-resource --resource-arn {arn}, unless that is wanted",
                )
