"""Whether a region has what the templates use, and lets the account in."""

from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.common.clashes import Templates
from cli.common.preflight.finding import Finding, Level
from cli.common.session import Lake

# the middle of a type's name -> boto3's name of the service, where it is another than in small letters
SERVICES = {
    "KinesisFirehose": "firehose",
    "RedshiftServerless": "redshift-serverless",
    "StepFunctions": "stepfunctions",
}
EVERYWHERE = ("budgets", "iam", "cdk", "lake")  # of the account, not of a region; the last two are no services
LISTED = "/aws/service/global-infrastructure/regions/{region}/services"  # what AWS says of itself, in parameters that everybody may read


def services(templates: Templates) -> dict[str, set[str]]:
    """Return the services of a region that templates use, by boto3's names, each with the types that need it."""
    kinds = {resource["Type"] for template in templates.values() for resource in template["Resources"].values()}
    found: dict[str, set[str]] = {}
    for kind in kinds:
        if kind.startswith("AWS::"):
            middle = kind.split("::")[1]
            found.setdefault(SERVICES.get(middle, middle.lower()), set()).add(kind)
    return {name: used for name, used in sorted(found.items()) if name not in EVERYWHERE}


def look(lake: Lake, templates: Templates) -> Iterator[Finding]:
    """Yield what a region lacks."""
    region = lake.settings.region
    if lake.settings.is_local:
        yield Finding(Level.NOTE, "the local cloud refuses a service that it does not have by its name, when a stack with it is deployed")
        return
    used = services(templates)
    listed = _listed(lake, region)
    missing = [name for name in used if not (_offered(name, region) or name in listed)]
    for name in missing:
        yield Finding(
            Level.ERROR,
            f"{region} does not offer {name}, which {', '.join(sorted(used[name]))} need",
            "choose a region that has it (https://aws.amazon.com/about-aws/global-infrastructure/regional-product-services/), "
            "or leave out what needs it: warehouse: {enabled: false} for Redshift, a contract without a stream for Kinesis and Firehose",
        )
    if not missing:
        where = "AWS's own list and " if listed else ""
        yield Finding(Level.OK, f"{region} offers the {len(used)} services that the templates use ({where}boto3's)")
    yield from _opted_in(lake, region)  # last: a region that is not there does not answer, and what it lacks is told by then


def _opted_in(lake: Lake, region: str) -> Iterator[Finding]:
    (found,) = lake.service("ec2").describe_regions(RegionNames=[region], AllRegions=True)["Regions"]
    if found["OptInStatus"] == "not-opted-in":
        yield Finding(
            Level.ERROR,
            f"{region} is not enabled for account {lake.settings.account}",
            f"aws account enable-region --region-name {region}, then wait until it is enabled, which takes minutes to hours",
        )


def _offered(name: str, region: str) -> bool:
    """Return whether boto3 knows an endpoint of a service in a region; its knowledge is as old as its release."""
    session = boto3.Session()
    partition = session.get_partition_for_region(region)
    return region in session.get_available_regions(name, partition_name=partition)


def _listed(lake: Lake, region: str) -> set[str]:
    """Return the services of a region by AWS's own list; nothing where it cannot be read from here."""
    pages: Any = lake.ssm.get_paginator("get_parameters_by_path").paginate(Path=LISTED.format(region=region))
    try:
        return {str(parameter["Value"]) for page in pages for parameter in page["Parameters"]}
    except (ClientError, BotoCoreError):
        return set()
