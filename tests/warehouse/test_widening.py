import pytest

from warehouse.widening import is_wider


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("date", "date"),
        ("integer", "bigint"),
        ("bigint", "decimal(19,0)"),
        ("decimal(10,2)", "decimal(12,4)"),
        ("real", "double precision"),
        ("date", "timestamp"),
        ("varchar(10)", "varchar(20)"),
        ("varbyte(10)", "varbyte(20)"),
    ],
)
def test_a_type_is_wider_and_never_the_other_way_round(old: str, new: str) -> None:
    assert is_wider(new, old)
    assert is_wider(old, new) == (old == new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("varchar(20)", "date"),
        ("varchar(20)", "varbyte(20)"),
        ("bigint", "decimal(18,0)"),
        ("bigint", "double precision"),
        ("decimal(10,2)", "decimal(11,4)"),
        ("timestamp", "timestamptz"),
        ("boolean", "integer"),
        ("", "integer"),
    ],
)
def test_a_type_that_lacks_a_value_of_the_other_is_not_wider(old: str, new: str) -> None:
    assert not is_wider(new, old)
