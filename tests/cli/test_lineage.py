"""Where columns come from, as contracts and SQL tell it."""

import re
from dataclasses import replace

import pytest

from cli.common.overview import graph, html
from cli.common.overview.lineage import Origin, columns, fields, used_by, ways
from contracts.contract import Column
from tests.cli.states import contracts, well

CONTRACTS = contracts()


def test_a_column_of_a_product_comes_from_the_columns_that_its_sql_names() -> None:
    found = columns(CONTRACTS["daily_punctuality"], CONTRACTS)
    assert found["airline"] == (Origin("airlines", "name"),)
    assert found["mean_departure_delay"] == (Origin("flights", "dep_delay"),)
    assert found["flights"] == ()  # a count of rows


def test_every_column_of_every_shipped_product_has_an_origin_or_counts_rows() -> None:
    products = [contract for contract in CONTRACTS.values() if contract.is_product]
    assert len(products) >= 3
    for contract in products:
        without = [name for name, origins in columns(contract, CONTRACTS).items() if not origins]
        assert without == ["flights"]


def test_a_column_made_by_a_common_table_and_a_star_is_followed_to_the_input() -> None:
    sql = "with late as (select *, dep_delay > 15 as is_late from flights) select carrier, sum(if(is_late, distance, 0)) as far from late group by 1"
    product = replace(CONTRACTS["daily_punctuality"], sql=sql, inputs=("flights",), columns=(Column(name="far", type="bigint"),))
    assert columns(product, CONTRACTS)["far"] == (Origin("flights", "dep_delay"), Origin("flights", "distance"))


def test_a_column_that_sql_does_not_have_has_no_origin() -> None:
    product = replace(CONTRACTS["daily_punctuality"], columns=(Column(name="nowhere", type="int"),))
    assert columns(product, CONTRACTS) == {"nowhere": ()}


@pytest.mark.parametrize(
    ("column", "named"),
    [
        (Column(name="a", type="int", source="A b"), ["A b"]),
        (Column(name="d", type="date", expression="make_date(year, month, year)"), ["year", "month"]),
        (Column(name="n", type="int", expression="`$.item.pieces` * 2"), ["$.item.pieces"]),
        (Column(name="n", type="int"), []),
    ],
    ids=["field", "expression", "nested", "neither"],
)
def test_a_column_that_arrives_comes_from_fields(column: Column, named: list[str]) -> None:
    assert [origin.column for origin in fields(column)] == named
    assert all(origin.dataset is None for origin in fields(column))


def test_a_column_knows_what_is_made_of_it() -> None:
    assert Origin("daily_punctuality", "airline") in used_by(CONTRACTS)[Origin("airlines", "name")]


def test_the_drawing_leads_from_what_arrives_to_products_and_overlaps_nothing() -> None:
    drawing = graph.draw(CONTRACTS)
    places = {node.name: node for node in drawing.boxes}
    assert set(places) == {*CONTRACTS, "files", "stream"}
    assert places["files"].x < places["flights"].x < places["daily_punctuality"].x
    assert len({(node.x, node.y) for node in drawing.boxes}) == len(drawing.boxes)
    assert all(node.x + graph.WIDTH <= drawing.width and node.y + graph.HEIGHT <= drawing.height for node in drawing.boxes)
    arrows = sum(len(contract.inputs) + len(ways(contract)) for contract in CONTRACTS.values())
    assert len(drawing.curves) == arrows


def test_the_drawing_of_one_dataset_has_what_it_is_made_of_and_no_other() -> None:
    assert {node.name for node in graph.draw(CONTRACTS, "route_punctuality").boxes} == {"files", "airports", "flights", "route_punctuality"}


def test_a_catalogue_has_a_page_for_each_dataset_and_every_link_leads_to_one() -> None:
    pages = html.catalogue("lake", CONTRACTS, None)
    assert set(pages) == {"index.html", *(f"{name}.html" for name in CONTRACTS)}
    for name, page in pages.items():
        assert set(re.findall(r'href="([^"#]+)"', page)) <= set(pages), name


def test_the_page_of_a_dataset_says_what_its_contract_says() -> None:
    for name, page in html.catalogue("lake", CONTRACTS, well()).items():
        contract = CONTRACTS.get(name.removesuffix(".html"))
        for column in contract.columns if contract else ():
            assert f"<code>{column.name}</code>" in page
        for name in [rule.name for rule in contract.row_rules] + [rule.name for rule in contract.rules] if contract else ():
            assert name in page


def test_last_runs_stand_in_a_catalogue_only_where_a_lake_runs() -> None:
    assert "Last refreshes" in html.catalogue("lake", CONTRACTS, well())["flights.html"]
    assert "Last refreshes" not in html.catalogue("lake", CONTRACTS, None)["flights.html"]
