from dataclasses import replace

import pytest

from config.datasets import dataset_folders
from config.read import ROOT, settings
from contracts.contract import Contract, Native
from contracts.read import read
from contracts.zone import Zone
from warehouse.definitions import definitions, natives
from warehouse.loads import part_of, statements
from warehouse.plan import MOST_STATEMENTS, Definition, unfit
from warehouse.sql import LONGEST_COMMENT

CONTRACTS = read(dataset_folders(settings(ROOT / "config" / "prod.yaml")))
PUNCTUALITY = CONTRACTS["daily_punctuality"]
DATABASES = {Zone.CONSUMER: "lake_consumer"}


def made(contracts: list[Contract]) -> dict[str, tuple[str, ...]]:
    return {one.name: one.statements for one in definitions(contracts, DATABASES)}


def test_every_product_has_a_view_with_its_description_and_a_grant_for_each_of_its_readers() -> None:
    found = made(list(CONTRACTS.values()))
    products = [contract for contract in CONTRACTS.values() if contract.is_product]
    assert len(products) >= 3
    for product in products:
        text = "\n".join(found[f"view:{product.name}"])
        assert f'from consumer."{product.name}" with no schema binding' in text
        assert product.description.replace("'", "''") in text
        assert all(f'grant select on lake."{product.name}" to role lake_{reader}' in text for reader in product.readers)


def test_whoever_may_read_a_view_may_use_the_schemas_that_it_needs() -> None:
    granted = "\n".join(statement for one in definitions(CONTRACTS.values(), DATABASES) for statement in one.statements)
    roles = {f"lake_{reader}" for contract in CONTRACTS.values() if contract.is_product for reader in contract.readers}
    assert roles == {"lake_analyst"}
    assert "grant usage on schema consumer, lake, native to role lake_analyst" in granted


def test_all_readers_of_a_product_are_granted_in_one_statement_however_many_there_are() -> None:
    readers = tuple(f"reader{number}" for number in range(60))
    found = made([replace(PUNCTUALITY, readers=readers)])
    roles = ", ".join(f"role lake_{reader}" for reader in readers)
    assert f'grant select on lake."daily_punctuality" to {roles}' in found["view:daily_punctuality"]
    assert f'grant select on native."daily_punctuality" to {roles}' in found["table:daily_punctuality"]


def test_only_a_product_that_asks_for_it_has_a_copy_with_its_distribution_and_sort_keys() -> None:
    assert [contract.name for contract in natives(CONTRACTS.values())] == ["daily_punctuality"]
    (table,) = [one.table for one in definitions(CONTRACTS.values(), DATABASES) if one.table]
    assert table.body.endswith('primary key ("flight_date", "carrier")) diststyle key distkey ("carrier") compound sortkey ("flight_date")')
    assert '"flight_date" date not null' in table.body
    assert '"mean_arrival_delay" double precision,' in table.body


@pytest.mark.parametrize("style", ["auto", "even", "all"])
def test_a_distribution_that_is_no_column_is_a_style(style: str) -> None:
    (table,) = [one.table for one in definitions([replace(PUNCTUALITY, native=Native(distribute_by=style))], DATABASES) if one.table]
    assert table.body.endswith(f") diststyle {style}")


def test_a_quote_in_a_description_or_a_word_of_redshift_s_as_a_column_does_no_harm() -> None:
    columns = tuple(replace(column, name="user" if column.name == "airline" else column.name) for column in PUNCTUALITY.columns)
    found = made([replace(PUNCTUALITY, description="The carrier's day", columns=columns)])
    assert "is 'The carrier''s day" in found["view:daily_punctuality"][2]
    assert '"user"' in found["view:daily_punctuality"][1]


def test_a_reader_that_is_taken_away_is_no_longer_granted_since_the_view_is_made_anew() -> None:
    found = made([replace(PUNCTUALITY, readers=())])["view:daily_punctuality"]
    assert found[0] == 'drop view if exists lake."daily_punctuality"'
    assert "grant" not in "".join(found)


def test_the_processed_zone_can_be_read_where_it_is_chosen() -> None:
    names = [one.name for one in definitions(CONTRACTS.values(), {**DATABASES, Zone.PROCESSED: "lake_processed"})]
    assert names[:2] == ["schema:consumer", "schema:processed"]


def test_what_is_granted_on_a_copy_comes_before_its_comments_so_that_it_is_in_the_first_transaction() -> None:
    found = made(list(CONTRACTS.values()))["table:daily_punctuality"]
    first_comment = next(number for number, statement in enumerate(found) if statement.startswith("comment"))
    assert [statement for statement in found[first_comment:] if not statement.startswith("comment")] == []


def test_a_description_that_is_too_long_says_that_it_was_cut() -> None:
    long = replace(PUNCTUALITY, description="word " * 300)
    (said,) = [statement for statement in made([long])["table:daily_punctuality"] if statement.startswith("comment on table")]
    assert said.endswith(" ... (cut: the contract says it in 1500 characters)'")
    assert len(said.partition(" is ")[2]) == LONGEST_COMMENT + 2
    assert "cut:" not in "".join(made([replace(PUNCTUALITY, description="x" * LONGEST_COMMENT)])["table:daily_punctuality"])


def test_what_the_data_api_would_not_take_is_told() -> None:
    found = list(definitions(CONTRACTS.values(), DATABASES, ["111122223333"]))
    assert len(found) >= 8
    assert unfit(found) == []
    columns = tuple(replace(PUNCTUALITY.columns[0], name=f"{'c' * 120}{number:04}") for number in range(900))
    (view, table, record) = unfit(list(definitions([replace(PUNCTUALITY, columns=columns, key=())], DATABASES)))
    assert view.startswith("view:daily_punctuality has a statement of 1")
    assert table.startswith("table:daily_punctuality has a statement of 1")
    assert record.startswith("table:daily_punctuality has columns whose names and types take ")
    (once,) = unfit([Definition(name="role:x", statements=("create role x",) * 40, once=True)])
    assert once == "role:x is made once, in one transaction of 36 statements at most, and has 40"


def test_a_share_of_many_copies_is_made_in_one_transaction() -> None:
    many = [replace(PUNCTUALITY, name=f"product_{number}") for number in range(250)]
    (share,) = [one for one in definitions(many, DATABASES, ["111122223333"]) if one.name.startswith("share:")]
    assert unfit([share]) == []
    assert "".join(share.statements).count("native.") == 250


def test_a_share_is_of_the_copies_and_for_one_account() -> None:
    (share,) = [one for one in definitions(CONTRACTS.values(), DATABASES, ["111122223333"]) if one.name.startswith("share:")]
    assert share.statements[-1] == "grant usage on datashare lake_111122223333 to account '111122223333'"
    assert 'alter datashare lake_111122223333 add table native."daily_punctuality"' in share.statements


def test_a_load_reads_one_moment_of_the_lake_and_counts_before_it_is_recorded() -> None:
    found = statements(PUNCTUALITY)
    assert len(found) < MOST_STATEMENTS
    assert sum(statement.count("as of timestamp '{as_of}'") for statement in found) == "".join(found).count("consumer.") == 3
    assert "count(*) = {rows}" in found[-2]
    assert found[-1].startswith("insert into lake_admin.loads")


@pytest.mark.parametrize(
    ("transforms", "part"),
    [
        (("month(flight_date)",), """date_trunc('month', "flight_date")"""),
        (("days(flight_date)",), """date_trunc('day', "flight_date")"""),
        (("bucket(16, carrier)",), '"carrier"'),
        (("truncate(2,carrier)",), '"carrier"'),
        (("carrier", "month(flight_date)"), '"carrier"'),
        ((), "1"),
    ],
)
def test_a_part_is_the_first_partition_of_the_product(transforms: tuple[str, ...], part: str) -> None:
    assert part_of(replace(PUNCTUALITY, partition_by=transforms)) == part
