"""What ./lake query --engine redshift and ./lake warehouse make of what they are told."""

from typing import Any

import pytest

from cli.common import redshift, warehouse
from cli.common.errors import UserError
from cli.common.session import Lake
from config.settings import Settings
from config.warehouse import WarehouseSettings


@pytest.mark.parametrize(
    ("field", "column", "value"),
    [
        ({"longValue": 3}, {"typeName": "int8"}, 3),
        ({"doubleValue": 2.5}, {"typeName": "float8"}, 2.5),
        ({"booleanValue": False}, {"typeName": "bool"}, False),
        ({"isNull": True}, {"typeName": "numeric", "scale": 0}, None),
        ({"stringValue": "12345678901234567890"}, {"typeName": "numeric", "scale": 0}, 12345678901234567890),
        ({"stringValue": "2.50"}, {"typeName": "numeric", "scale": 2}, "2.50"),
        ({"stringValue": "2013-01-01"}, {"typeName": "date", "scale": 0}, "2013-01-01"),
    ],
)
def test_a_field_is_a_value_of_its_columns_type(field: dict[str, Any], column: dict[str, Any], value: Any) -> None:
    assert redshift.value(field, column) == value


def test_an_environment_without_a_warehouse_says_so() -> None:
    settings = Settings(account="123456789012", region="eu-west-1", notify=("a@example.com",), warehouse=WarehouseSettings(enabled=False))
    lake = Lake("small", settings)
    told = "small has no warehouse: warehouse.enabled is false in its settings"
    with pytest.raises(UserError, match=told):
        redshift.query(lake, "select 1")
    with pytest.raises(UserError, match=told):
        warehouse.ask(lake, "status")


LOAD = {"dataset": "daily", "snapshot": "7", "row_count": 14, "run": "daily-1", "loaded_at": "2026-01-02 03:04:05"}


@pytest.mark.parametrize(
    ("load", "publication", "row"),
    [
        (None, {}, ["daily", "not loaded", None, None, None, None]),
        (None, {"announced": "7"}, ["daily", "not loaded", None, None, "7", None]),
        (LOAD, {"announced": "7"}, ["daily", "up to date", 14, "7", "7", "2026-01-02 03:04:05"]),
        (LOAD, {"announced": "8"}, ["daily", "behind", 14, "7", "8", "2026-01-02 03:04:05"]),
    ],
    ids=["never published", "never loaded", "up to date", "behind"],
)
def test_a_copy_is_told_beside_what_was_announced(load: dict[str, Any] | None, publication: dict[str, Any], row: list[Any]) -> None:
    assert warehouse.copy("daily", load, publication) == row
