"""Parts of the local Redshift that need no local cloud: snapshots by their moment, AWS's rules, commands."""

from typing import Any

import pytest
from sqlglot import exp

from local_cloud.athena.catalog import CatalogTable
from local_cloud.athena.relations import IcebergTable
from local_cloud.redshift import commands, rules, spectrum
from local_cloud.redshift.failure import SqlError
from local_cloud.redshift.parsing import parse
from local_cloud.redshift.queries import name_the_unnamed

METADATA = {
    # the second snapshot was written to a branch a minute before main became it
    "snapshots": [{"snapshot-id": 1, "timestamp-ms": 1_000_000}, {"snapshot-id": 2, "timestamp-ms": 1_060_000}],
    "snapshot-log": [{"snapshot-id": 1, "timestamp-ms": 1_000_000}, {"snapshot-id": 2, "timestamp-ms": 1_120_000}],
}


def as_of(moment: str, metadata: dict[str, Any] = METADATA) -> str:
    table = IcebergTable(CatalogTable("lake", "daily", "s3://lake/daily/metadata/1.json", ()))
    table.__dict__["metadata"] = metadata
    return spectrum.as_of(table, moment)


@pytest.mark.parametrize(
    ("moment", "snapshot"),
    [
        ("1970-01-01 00:16:40", 1),
        ("1970-01-01 00:18:00", 1),  # 2 was there, and not yet main's
        ("1970-01-01 00:18:40.000", 2),
        ("1970-01-01 01:18:40+01:00", 2),
        ("2026-01-01", 2),
    ],
)
def test_a_table_as_of_a_moment_is_the_snapshot_that_main_was_at(moment: str, snapshot: int) -> None:
    assert as_of(moment) == f"iceberg_scan('s3://lake/daily/metadata/1.json', snapshot_from_id = {snapshot})"


def test_a_moment_without_a_snapshot_is_an_error_that_says_so() -> None:
    with pytest.raises(SqlError, match=r"lake.daily has no snapshot as of timestamp 1970-01-01 00:16:39"):
        as_of("1970-01-01 00:16:39")
    with pytest.raises(SqlError, match="has expired"):
        as_of("1970-01-01 00:17:00", {**METADATA, "snapshots": METADATA["snapshots"][1:]})
    with pytest.raises(SqlError, match="invalid input syntax for type timestamp: yesterday"):
        as_of("yesterday")


def test_as_of_is_understood_after_a_table_and_left_alone_in_a_text() -> None:
    parsed = parse("select 'as of timestamp' as text from consumer.\"daily\" as of timestamp '2026-01-01 00:00:00'")
    (table,) = parsed.find_all(type(parsed.args["from_"].this))
    assert spectrum.moment_of(table.args["version"]) == "2026-01-01 00:00:00"
    assert isinstance(parsed, exp.Select)
    assert parsed.selects[0].this.name == "as of timestamp"


@pytest.mark.parametrize(("capacity", "taken"), [(4, True), (8, True), (12, False), (512, True), (520, False), (544, True), (1056, False)])
def test_a_capacity_is_one_that_aws_takes(capacity: int, taken: bool) -> None:
    assert (rules.of_workgroup({"baseCapacity": capacity}) == []) == taken


@pytest.mark.parametrize(
    "sql",
    [
        "create external schema if not exists lake from data catalog database 'lake_consumer' iam_role default",
        "CREATE EXTERNAL SCHEMA lake\nFROM DATA CATALOG\nDATABASE 'a' IAM_ROLE 'arn:aws:iam::000000000000:role/a' REGION 'us-east-1';",
        "create role reader",
        "-- who reads\ndrop group readers",
        "lock lake_admin.migrations",
        'grant select, insert on native."daily" to role loader',
        "grant role reader to role writer",
        "revoke all on schema lake from public",
    ],
)
def test_a_command_is_known(sql: str) -> None:
    assert commands.of(sql) is not None


@pytest.mark.parametrize("sql", ["select 1", "create external schema a from kafka iam_role default", "create user somebody", "grant 1"])
def test_what_is_no_command_is_left_to_the_parser(sql: str) -> None:
    assert commands.of(sql) is None


def test_columns_keep_their_names_and_unnamed_ones_get_one() -> None:
    parsed = parse("select a, b as c, count(*), cast(d as date), a + 1 from t union all select 1, 2, 3, 4, 5")
    name_the_unnamed(parsed)
    assert isinstance(parsed, exp.Query)
    assert [found.alias_or_name for found in parsed.selects] == ["a", "c", "count", "d", "?column?"]
