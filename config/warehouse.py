"""Settings of the network and of the warehouse, with the rules by which AWS refuses them."""

import ipaddress
import math
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from config.shapes import shaped

CHECKED = ConfigDict(extra="forbid")
ZONES = 3
RESERVED_ADDRESSES = 5  # of every subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
INTERFACE_ADDRESSES = 1  # the Glue endpoint's, in each subnet
LARGEST_PREFIX, SMALLEST_PREFIX = 16, 28  # of a VPC and of a subnet
FINE_STEP, COARSE_STEP, COARSE_FROM, MOST = 8, 32, 512, 1024  # https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html
LEAST = 4

Switch = Annotated[bool, Field(strict=True)]
Rpus = Annotated[int, Field(strict=True, ge=LEAST, le=MOST)]
VpcId = Annotated[str, shaped(r"vpc-[0-9a-f]{8,17}", "the id of a VPC, as vpc-0123456789abcdef0")]
SubnetId = Annotated[str, shaped(r"subnet-[0-9a-f]{8,17}", "the id of a subnet, as subnet-0123456789abcdef0")]
SecurityGroupId = Annotated[str, shaped(r"sg-[0-9a-f]{8,17}", "the id of a security group, as sg-0123456789abcdef0")]
ZoneName = Annotated[str, shaped(r"[a-z]{2}(-[a-z]+)+-\d[a-z]", "the name of an availability zone, as eu-west-1a")]
Cidr = Annotated[str, shaped(r"\d{1,3}(\.\d{1,3}){3}/\d{1,2}", "a block of addresses, as 10.42.0.0/24")]


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class NetworkSettings:
    """Where the warehouse has its network interfaces.

    Attributes:
        cidr: addresses of the network that the lake makes; one quarter of them is spare.
        zones: names of three availability zones; None takes the region's first three. Not every zone of a region has every service.
        vpc_id: an existing network instead, with `subnet_ids` and `security_group_ids`; the lake then makes none.
    """

    cidr: Cidr = "10.42.0.0/24"
    zones: tuple[ZoneName, ...] | None = None
    vpc_id: VpcId | None = None
    subnet_ids: tuple[SubnetId, ...] = ()
    security_group_ids: tuple[SecurityGroupId, ...] = ()

    @property
    def subnets(self) -> list[str]:
        """The blocks of the three subnets; `_cidr_can_be_cut` has seen that there are such."""
        return [str(block) for block in list(ipaddress.ip_network(self.cidr).subnets(prefixlen_diff=2))[:ZONES]]

    @property
    def free_addresses(self) -> int:
        """Addresses of a subnet that the warehouse can have."""
        return ipaddress.ip_network(self.subnets[0]).num_addresses - RESERVED_ADDRESSES - INTERFACE_ADDRESSES

    @model_validator(mode="after")
    def _existing_network_is_whole(self) -> Self:
        given = bool(self.vpc_id), bool(self.subnet_ids), bool(self.security_group_ids)
        if any(given) and not all(given):
            _refuse("network", "names a part of an existing network: give vpc_id, subnet_ids and security_group_ids, or none of them")
        if self.subnet_ids and len(set(self.subnet_ids)) < ZONES:
            _refuse(
                "network.subnet_ids", "names {found}: it needs three at least, each in a zone of its own", found=len(set(self.subnet_ids))
            )
        if self.zones is not None and len(set(self.zones)) != ZONES:
            _refuse("network.zones", "names {found}: it needs three different ones", found=len(set(self.zones)))
        return self

    @model_validator(mode="after")
    def _cidr_can_be_cut(self) -> Self:
        try:
            block = ipaddress.ip_network(self.cidr)
        except ValueError as error:
            _refuse("network.cidr", "is no block of addresses: {error}", error=str(error))
        if not LARGEST_PREFIX <= block.prefixlen <= SMALLEST_PREFIX - 2:
            _refuse("network.cidr", "is {cidr}: a network of three subnets is a /16 to a /26", cidr=self.cidr)
        if not block.is_private:
            _refuse(
                "network.cidr", "is {cidr}, which is not private: take one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16", cidr=self.cidr
            )
        return self


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class WarehouseSettings:
    """What the warehouse may use, and so what it may cost.

    Attributes:
        enabled: whether there is one, with its network.
        base_rpus: capacity that a query begins with: 4, or a multiple of 8 up to 512, or of 32 up to 1024. One has 16 GiB of memory.
        max_rpus: the most that it grows to.
        daily_rpu_hours: after which user queries are refused until the day is over (UTC).
        statement_timeout_minutes: a statement that takes longer is ended.
        processed: whether tables of the processed zone can be read too, in the schema `processed`.
        unload: whether results may be unloaded, to `unload/` of the bucket of query results.
        streams: whether records are shown as they come, of the datasets whose contract says `live`; the warehouse is not idle while any come.
        share_with: accounts that products are shared with, by a data share; nothing is copied.
        audit_log: what Redshift writes to CloudWatch Logs.
    """

    enabled: Switch = True
    base_rpus: Rpus = 8
    max_rpus: Rpus = 16
    daily_rpu_hours: Annotated[int, Field(strict=True, ge=1)] = 24
    statement_timeout_minutes: Annotated[int, Field(strict=True, ge=1, le=24 * 60 - 1)] = 30
    processed: Switch = False
    unload: Switch = False
    streams: Switch = False
    share_with: tuple[Annotated[str, shaped(r"\d{12}", "12 digits, in quotes")], ...] = ()
    audit_log: tuple[Literal["connectionlog", "userlog", "useractivitylog"], ...] = ("connectionlog", "userlog", "useractivitylog")

    @model_validator(mode="after")
    def _capacity_is_taken(self) -> Self:
        for name, value in {"base_rpus": self.base_rpus, "max_rpus": self.max_rpus}.items():
            if not is_capacity(value):
                _refuse(f"warehouse.{name}", "is {value}: AWS takes 4, multiples of 8 up to 512, and of 32 up to 1024", value=value)
        if self.max_rpus < self.base_rpus:
            _refuse(
                "warehouse.max_rpus",
                "is {most}, below base_rpus, {base}: raise the one or lower the other",
                most=self.max_rpus,
                base=self.base_rpus,
            )
        return self


def is_capacity(rpus: int) -> bool:
    """Whether AWS takes a number of RPUs as the capacity of a workgroup."""
    return rpus == LEAST or rpus % (COARSE_STEP if rpus > COARSE_FROM else FINE_STEP) == 0


def addresses_needed(base_rpus: int) -> int:
    """Return how many addresses a subnet must have free for a capacity, with enhanced routing.

    The published figures are 13 for 32 RPUs, 21 for 64, 37 for 128, 69 for 256 and 133 for 512
    (https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html): a quarter, and five more.
    """
    return math.ceil(base_rpus / 4) + 5


def check_addresses(network: NetworkSettings, warehouse: WarehouseSettings) -> None:
    """Refuse a network of the lake's own that is too small for the warehouse; of an existing one only its owner can tell.

    Raises:
        PydanticCustomError: with the smallest block that would do.
    """
    needed = addresses_needed(warehouse.base_rpus)
    if not warehouse.enabled or network.vpc_id or network.free_addresses >= needed:
        return
    prefix = 32 - math.ceil(math.log2(needed + RESERVED_ADDRESSES + INTERFACE_ADDRESSES)) - 2
    _refuse(
        "network.cidr",
        "is {cidr}, which leaves {free} addresses in a subnet, and {rpus} RPUs need {needed}: take a /{prefix}, or lower warehouse.base_rpus",
        cidr=network.cidr,
        free=network.free_addresses,
        rpus=warehouse.base_rpus,
        needed=needed,
        prefix=prefix,
    )


def _refuse(key: str, problem: str, **found: object) -> None:
    raise PydanticCustomError("warehouse", problem, {"key": key, **found})
