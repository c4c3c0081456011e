"""The price table: what AWS charges, of what date and from where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from cli.common.errors import UserError
from cli.common.paths import shown

TABLE = Path(__file__).with_name("prices.yaml")
STRICT = ConfigDict(extra="forbid")
Kind = TypeVar("Kind")
Amount = Annotated[float, Field(ge=0)]


@checked(frozen=True, kw_only=True, config=STRICT)
class Price:
    """What one unit costs.

    Attributes:
        usd: US dollars.
        per: the unit, in words.
        source: page of AWS that says so.
        checked: what the number was compared with.
    """

    usd: Amount
    per: str
    source: Annotated[str, Field(pattern=r"^https://(docs\.)?aws\.amazon\.com/")]
    checked: str


@checked(frozen=True, kw_only=True, config=STRICT)
class _Table:
    region: str
    date: date
    prices: dict[str, Price]
    free: dict[str, str]
    not_counted: list[str]


@dataclass(frozen=True)
class Prices:
    """The prices of one region on one day.

    Attributes:
        prices: name -> price.
        free: type of a resource -> why it costs nothing.
        not_counted: what is in no sum.
    """

    region: str
    date: date
    prices: Mapping[str, Price]
    free: Mapping[str, str]
    not_counted: tuple[str, ...]

    def usd(self, name: str) -> float:
        """Return a price.

        Raises:
            UserError: the table has none of that name.
        """
        if name not in self.prices:
            raise UserError(f"the price table has no {name!r}; give it one, as {shown(TABLE)} does")
        return self.prices[name].usd


def load(path: Path | None = None) -> Prices:
    """Return a price table, by default the one that is shipped.

    Raises:
        UserError: no such file, or not a price table; with what is wrong in it.
    """
    found = read(path or TABLE, TypeAdapter(_Table), "a price table")
    return Prices(found.region, found.date, found.prices, found.free, tuple(found.not_counted))


def read(path: Path, adapter: TypeAdapter[Kind], what: str) -> Kind:
    """Return what a YAML file holds.

    Raises:
        UserError: it cannot be read, or a value is not allowed.
    """
    try:
        return adapter.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(f"{shown(path)} cannot be read as {what}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise UserError(f"{shown(path)} is not YAML: {error}") from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}, got {one['input']!r}" for one in error.errors()]
        raise UserError(f"{shown(path)} is not {what}:\n" + "\n".join(f"  {problem}" for problem in problems[:5])) from error
