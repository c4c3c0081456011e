"""Crawl the raw objects of a dataset: start its Glue crawler, wait, and show the table that it made in lake_raw."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from botocore.exceptions import ClientError

from cli.common import outputs, tables
from cli.common.console import Say, err, step
from cli.common.datasets import contract
from cli.common.errors import UserError
from cli.common.options import Environment, Format
from cli.common.session import Lake, connect

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import CrawlerTypeDef

PAUSE_LOCAL, PAUSE_AWS = 0.2, 5.0  # seconds between looks


def run(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset that is loaded from raw.")],
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.", min=0)] = 1800,
    format: Annotated[Format, typer.Option(help="csv and json stand alone on standard output.")] = Format.TABLE,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    if contract(lake, dataset).source is None:
        raise UserError(f"{dataset} does not arrive as files in raw, so there is nothing to crawl")
    database = outputs.value(lake, outputs.CATALOG, "RawDatabaseName")
    crawler = f"{lake.settings.name}-raw-{dataset}"
    with step(f"crawler {crawler}") as say:
        crawl(lake, crawler, timeout, say)
    write(lake, database, dataset, format)


def crawl(lake: Lake, crawler: str, timeout: float, say: Say) -> None:
    """Return when a crawl that was started now has succeeded.

    Raises:
        UserError: it failed, was stopped, or took too long.
    """
    pause = PAUSE_LOCAL if lake.settings.is_local else PAUSE_AWS
    until_crawled(
        start=lambda: started(lake, crawler),
        look=lambda: lake.glue.get_crawler(Name=crawler)["Crawler"],
        timeout=timeout,
        say=say,
        pause=lambda: time.sleep(pause),
    )


def started(lake: Lake, crawler: str) -> bool:
    """Start a crawler; return False if it runs already.

    Raises:
        UserError: there is no such crawler.
    """
    try:
        lake.glue.start_crawler(Name=crawler)
    except ClientError as error:
        if error.response["Error"]["Code"] == "CrawlerRunningException":
            return False
        if error.response["Error"]["Code"] == "EntityNotFoundException":
            raise UserError(f"no crawler {crawler}: run ./lake deploy --env {lake.environment}") from error
        raise
    return True


def until_crawled(
    start: Callable[[], bool],
    look: Callable[[], "CrawlerTypeDef"],
    timeout: float,
    say: Say,
    pause: Callable[[], None],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Start a crawl of our own, after one that runs already, and look until it is over.

    The end of an earlier crawl says nothing of what landed after it began, so only a LastCrawl that is not the one from before counts.
    """
    deadline = clock() + timeout
    before = look().get("LastCrawl")
    ours = start()
    while True:
        found = look()
        if found["State"] == "READY" and ours and found.get("LastCrawl") != before:
            return check(found)
        if found["State"] == "READY" and not ours:
            before = found.get("LastCrawl")
            ours = start()
        if clock() > deadline:
            raise UserError(f"crawler {found['Name']} is {found['State']} after {timeout:g} s; wait longer with --timeout")
        say(found["State"].lower() if ours else "another crawl runs; ours comes next")
        pause()


def check(crawler: "CrawlerTypeDef") -> None:
    """Raise UserError for a crawler whose last crawl did not succeed."""
    last = crawler["LastCrawl"]
    if last["Status"] != "SUCCEEDED":
        log = f"{last.get('LogGroup')}, stream {last.get('LogStream')}"
        raise UserError(f"crawler {crawler['Name']} {last['Status'].lower()}: {last.get('ErrorMessage', 'no reason given')} (log: {log})")


def write(lake: Lake, database: str, dataset: str, form: Format) -> None:
    """Print the columns of a raw table.

    Raises:
        UserError: there is no table, as nothing has landed.
    """
    try:
        table = lake.glue.get_table(DatabaseName=database, Name=dataset)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        raise UserError(f"the crawl found no object of {dataset}, so there is no table: ./lake land {dataset} FILE") from error
    rows: list[list[Any]] = [[column["Name"], column.get("Type"), False] for column in table["StorageDescriptor"]["Columns"]]
    rows += [[key["Name"], key.get("Type"), True] for key in table.get("PartitionKeys", [])]
    tables.write(["column", "type", "partition"], rows, form)
    pages = lake.glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=dataset)
    err.print(f"table {database}.{dataset} with {sum(len(page['Partitions']) for page in pages)} partitions")
