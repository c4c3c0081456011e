"""The reference of contracts, as Markdown made of the classes and tables that check them."""

import dataclasses
import inspect
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from contracts import rules, translate
from contracts.contract import TECHNICAL_COLUMNS, Severity
from contracts.lake_keys import KEYS_BELOW, LakeKeys

ATTRIBUTE = re.compile(r"^(\w+): (.+)$")
STANDARD = {  # key of the standard -> what the lake makes of it
    "name": "the table, and the folder that the contract lies in: {name}",
    "version": "of the contract, kept with it; `1.0.0`",
    "domain": "datasets of one domain are deployed together, in the stack `processing-DOMAIN`",
    "description.purpose": "the comment of the table",
    "team.name": "who answers for it",
    "servers": "how it arrives in raw: one entry of type `s3` with location and format ({formats}; csv with delimiter), or one of type `api`; "
    "beside it or alone, one of type `{kinesis}`",
    "schema[0].properties": "the columns, in their order",
    "properties[].physicalType": "Spark's type: {physical}",
    "properties[].logicalType": "where physicalType is silent: {logical}",
    "properties[].physicalName": "the field of the source, where its name is another; a path, as `$.user.id`, where it lies within others",
    "properties[].transformLogic": "Spark SQL over the fields of the source, each cast to its type already",
    "properties[].required": "a row without a value is set apart",
    "properties[].primaryKey": "with primaryKeyPosition: the columns that a row is known by",
    "properties[].logicalTypeOptions": "a row that breaks one is set apart: {options}",
    "quality": "rules, at a column or at the table: see below",
    "slaProperties": "`freshness` (an alarm watches the age of the last publication; {hours}) and `retention` (raw objects go after it; {days})",
    "roles": "who may read it in the warehouse; access `read`",
}
PLACE = "lake"


def markdown() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# What a contract can say"
    yield ""
    yield "Made of the classes and tables that check contracts, by `./lake test --update tests/contracts/test_reference.py`. A contract is a document of the"
    yield "[Open Data Contract Standard](https://bitol-io.github.io/open-data-contract-standard/), checked by its own schema first. What the standard allows and"
    yield "the table below does not name is kept and means nothing to the lake. Every problem is told with file and line, at synth."
    yield from ("", "## Keys of the standard", "")
    yield from _table(("key", "means"), [(f"`{key}`", meaning.format(**_allowed())) for key, meaning in STANDARD.items()])
    yield from ("", "## The custom property `lake`", "")
    yield "What the standard has no word for. An unknown key is an error that names the known ones."
    for place, keys in {(): LakeKeys, **KEYS_BELOW}.items():
        yield from ("", f"### `{'.'.join((PLACE, *place))}`", "", _summary(keys), "")
        yield from _table(("key", "value", "default", "means"), _keys(keys))
    yield from ("", "## Rules", "")
    yield f"An entry of `quality` has a `severity`: {_listed(Severity)}. `error` stops the publication, `warning` is recorded, `quarantine` sets rows apart"
    yield "and goes with `mustBe: 0` and a metric that counts rows."
    yield ""
    yield from _table(("metric of type library", "counts", "over"), _metrics())
    yield ""
    yield "Of type `sql`, `query` is an aggregate over the table's columns, or a whole query that begins with `select` and names the table `{table}`."
    yield ""
    yield from _table(("operator", "holds where"), [(f"`{name}`", f"value {sign} bound") for name, sign in rules.OPERATORS.items()])
    yield from ("", "## Columns that the lake adds", "")
    yield from _table(("column", "type"), [(f"`{name}`", kind) for name, kind in TECHNICAL_COLUMNS.items()])
    yield ""
    yield "Spark's types in Glue and Redshift: [warehouse.md](warehouse.md)."


def _allowed() -> dict[str, str]:
    return {
        "name": "lower-case letters, digits and `_`",
        "formats": ", ".join(translate.FORMATS),
        "kinesis": translate.KINESIS,
        "physical": translate.KNOWN_TYPES,
        "logical": ", ".join(f"{logical} is {spark}" for logical, spark in translate.LOGICAL_TYPES.items()),
        "options": ", ".join(rules.BOUNDS),
        "hours": "in " + ", ".join(translate.HOURS),
        "days": "in " + ", ".join(translate.DAYS),
    }


def _keys(keys: type[Any]) -> Iterator[tuple[str, str, str, str]]:
    meanings, kinds = _attributes(keys), get_type_hints(keys)
    for key in dataclasses.fields(keys):
        yield f"`{key.name}`", _kind(kinds[key.name]), _default(key), meanings[key.name]


def _attributes(keys: type[Any]) -> Mapping[str, str]:
    """Return what the docstring says of each attribute."""
    _, _, below = inspect.cleandoc(keys.__doc__ or "").partition("Attributes:")
    found = [ATTRIBUTE.match(line.strip()) for line in below.splitlines()]
    return {match[1]: match[2] for match in found if match}


def _summary(keys: type[Any]) -> str:
    return inspect.cleandoc(keys.__doc__ or "").partition("\n")[0]


def _kind(hint: Any) -> str:
    """Return the values that a type allows, in words."""
    if isinstance(hint, UnionType) or get_origin(hint) is UnionType:
        return " or ".join(_kind(part) for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        return f"list of {_kind(get_args(hint)[0])}"
    if get_origin(hint) is dict:
        key, value = get_args(hint)
        return f"mapping of {_kind(key)} to {_kind(value)}"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _listed(hint)
    if dataclasses.is_dataclass(hint):
        return "keys, see below"
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}[hint]


def _default(key: dataclasses.Field[Any]) -> str:
    default = key.default
    if dataclasses.is_dataclass(key.default_factory) or key.default_factory is not dataclasses.MISSING:
        return "empty"
    if default is dataclasses.MISSING:
        return "must be given"
    default = getattr(default, "default", default)  # pydantic's Field holds it with the bounds
    if isinstance(default, bool):
        return str(default).lower()
    return "none" if default in (None, ()) else str(default)


def _metrics() -> Iterator[tuple[str, str, str]]:
    for name, condition in rules.COUNTED.items():
        yield f"`{name}`", f"rows where `{condition}`", "what a refresh inserts or updates"
    for name, value in rules.TABLE_METRICS.items():
        yield f"`{name}`", f"`{value}`", "the table as it would be"


def _listed(values: type[StrEnum]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _table(head: tuple[str, ...], rows: Any) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
