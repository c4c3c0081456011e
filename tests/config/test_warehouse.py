import ipaddress
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from config.read import SettingsError, settings
from config.warehouse import NetworkSettings, WarehouseSettings, addresses_needed, check_addresses, is_capacity

MINIMAL = "account: '111111111111'\nregion: eu-west-1\nstorage: {protected: false}\n"
THREE = "subnet_ids: [subnet-00000001, subnet-00000002, subnet-00000003]"


def problems(path: Path, text: str) -> str:
    path.write_text(MINIMAL + text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        settings(path)
    return str(caught.value).removeprefix(f"{path}:")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("warehouse:\n  base_rpus: 12\n", "5: warehouse.base_rpus is 12: AWS takes 4, multiples of 8 up to 512, and of 32 up to 1024"),
        ("warehouse:\n  base_rpus: 2\n", "5: warehouse.base_rpus is 2, expected greater than or equal to 4"),
        ("warehouse: {base_rpus: 520, max_rpus: 1024}\n", "4: warehouse.base_rpus is 520: AWS takes"),
        ("warehouse:\n  base_rpus: 32\n", "4: warehouse.max_rpus is 16, below base_rpus, 32: raise the one or lower the other"),
        ("warehouse: {daily_rpu_hours: 0}\n", "4: warehouse.daily_rpu_hours is 0, expected greater than or equal to 1"),
        ("warehouse: {base_rpu: 8}\n", "4: warehouse.base_rpu is no setting; did you mean base_rpus?"),
        ("warehouse: {share_with: [me]}\n", "4: warehouse.share_with.0 is 'me', expected 12 digits, in quotes"),
        ("warehouse: {audit_log: [querylog]}\n", "4: warehouse.audit_log.0 is 'querylog', expected 'connectionlog', 'userlog'"),
        ("network:\n  cidr: 10.0.0.0/27\n", "5: network.cidr is 10.0.0.0/27: a network of three subnets is a /16 to a /26"),
        ("network: {cidr: 10.0.0.1/24}\n", "4: network.cidr is no block of addresses: 10.0.0.1/24 has host bits set"),
        ("network: {cidr: 8.8.8.0/24}\n", "4: network.cidr is 8.8.8.0/24, which is not private: take one of 10.0.0.0/8"),
        (
            "network: {vpc_id: vpc-00000001}\n",
            "4: network names a part of an existing network: give vpc_id, subnet_ids and security_group_ids",
        ),
        (f"network: {{{THREE}}}\n", "4: network names a part of an existing network"),
        (
            "network: {vpc_id: vpc-00000001, subnet_ids: [subnet-00000001], security_group_ids: [sg-00000001]}\n",
            "4: network.subnet_ids names 1: it needs three at least, each in a zone of its own",
        ),
        ("network: {zones: [eu-west-1a, eu-west-1b, eu-west-1b]}\n", "4: network.zones names 2: it needs three different ones"),
        ("network: {zones: [one]}\n", "4: network.zones.0 is 'one', expected the name of an availability zone"),
        (
            "network: {cidr: 10.0.0.0/26}\nwarehouse: {base_rpus: 64, max_rpus: 64}\n",
            "4: network.cidr is 10.0.0.0/26, which leaves 10 addresses in a subnet, and 64 RPUs need 21: take a /25, or lower warehouse.base_rpus",
        ),
    ],
)
def test_what_aws_would_refuse_is_told_with_file_and_line_before_anything_changes(text: str, problem: str, tmp_path: Path) -> None:
    assert problems(tmp_path / "a.yaml", text).startswith(problem)


@pytest.mark.parametrize(
    "text", ["warehouse: {enabled: false}\nnetwork: {cidr: 10.0.0.0/26}\n", "warehouse: {base_rpus: 4, max_rpus: 8}\n"]
)
def test_what_aws_takes_is_taken(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MINIMAL + text, encoding="utf-8")
    assert settings(tmp_path / "a.yaml").account == "111111111111"


def test_the_published_needs_are_met() -> None:
    assert {rpus: addresses_needed(rpus) for rpus in (32, 64, 128, 256, 512)} == {32: 13, 64: 21, 128: 37, 256: 69, 512: 133}


@given(st.integers(4, 1024))
def test_a_capacity_is_4_or_a_multiple_of_8_up_to_512_or_of_32_above(rpus: int) -> None:
    assert is_capacity(rpus) == (rpus in {4, *range(8, 513, 8), *range(544, 1025, 32)})


@given(
    network=st.builds(
        lambda prefix, block: f"{ipaddress.ip_network((0x0A000000 + (block << (32 - prefix)), prefix))}",
        st.integers(16, 26),
        st.integers(0, 200),
    ),
    rpus=st.sampled_from([4, *range(8, 513, 8), *range(544, 1025, 32)]),
)
def test_a_network_that_is_taken_has_the_addresses_and_one_that_is_not_says_which_would_do(network: str, rpus: int) -> None:
    warehouse = WarehouseSettings(base_rpus=rpus, max_rpus=1024)
    taken = NetworkSettings(cidr=network)
    blocks = [ipaddress.ip_network(block) for block in taken.subnets]
    assert len(blocks) == 3
    assert not any(one.overlaps(other) for one in blocks for other in blocks if one is not other)
    assert all(block.subnet_of(ipaddress.ip_network(network)) for block in blocks)  # type: ignore[arg-type]
    try:
        check_addresses(taken, warehouse)
    except PydanticCustomError as refusal:
        advised = str(refusal).partition("take a /")[2].partition(",")[0]
        bigger = NetworkSettings(cidr=f"10.0.0.0/{advised}")
        check_addresses(bigger, warehouse)
        assert int(advised) < int(network.partition("/")[2])
    else:
        assert all(block.num_addresses - 5 >= addresses_needed(rpus) for block in blocks)


def test_a_refusal_is_a_validation_error_of_the_whole() -> None:
    with pytest.raises(ValidationError, match="multiples of 8"):
        TypeAdapter(WarehouseSettings).validate_python({"base_rpus": 12})


def test_the_sizes_in_the_documentation_are_the_smallest_that_are_taken() -> None:
    page = (Path(__file__).parents[2] / "docs" / "warehouse.md").read_text(encoding="utf-8")
    rows = [tuple(map(int, row)) for row in re.findall(r"^\| (\d+) \| (\d+) \| /(\d+) \|$", page, re.MULTILINE)]
    assert len(rows) == 4
    for rpus, free, prefix in rows:
        warehouse = WarehouseSettings(base_rpus=rpus, max_rpus=1024)
        assert free == addresses_needed(rpus)
        check_addresses(NetworkSettings(cidr=f"10.0.0.0/{prefix}"), warehouse)
        if prefix < 26:
            with pytest.raises(PydanticCustomError, match=f"take a /{prefix},"):
                check_addresses(NetworkSettings(cidr=f"10.0.0.0/{prefix + 1}"), warehouse)
