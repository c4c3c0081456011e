"""DuckDB's types and values as Athena writes them."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_TYPES = {
    "BIGINT": ("bigint", 19),
    "HUGEINT": ("bigint", 19),  # DuckDB's sum of integers; Trino's is a bigint
    "UBIGINT": ("bigint", 19),
    "UINTEGER": ("bigint", 19),
    "INTEGER": ("integer", 10),
    "SMALLINT": ("smallint", 5),
    "TINYINT": ("tinyint", 3),
    "DOUBLE": ("double", 17),
    "FLOAT": ("float", 17),
    "BOOLEAN": ("boolean", 0),
    "DATE": ("date", 0),
    "TIMESTAMP": ("timestamp", 3),
    "TIMESTAMP_S": ("timestamp", 3),
    "TIMESTAMP_MS": ("timestamp", 3),
    "TIMESTAMP_NS": ("timestamp", 3),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", 3),
    "VARCHAR": ("varchar", 2147483647),
    "BLOB": ("varbinary", 1073741824),
}


@dataclass(frozen=True)
class Column:
    """A column of a result.

    Attributes:
        type: Athena's name of its type.
        precision: as Athena reports it.
        scale: of a decimal, its digits after the point.
    """

    name: str
    type: str
    precision: int = 0
    scale: int = 0

    @classmethod
    def of_duckdb(cls, name: str, type_name: str) -> "Column":
        """Return the column that DuckDB calls by this name and type."""
        if found := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", type_name):
            return cls(name, "decimal", int(found[1]), int(found[2]))
        if type_name.endswith("[]"):
            return cls(name, "array")
        simple, precision = _TYPES.get(type_name, (type_name.partition("(")[0].lower().replace("struct", "row"), 0))
        return cls(name, simple, precision)

    def describe(self) -> dict[str, Any]:
        """Return the column in the form of Athena's API."""
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": self.type,
            "Precision": self.precision,
            "Scale": self.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": self.type == "varchar",
        }


def text(value: Any) -> str | None:
    """Return a value as Athena writes it; None for null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return f"{moment:%Y-%m-%d %H:%M:%S.%f}" + (" UTC" if value.tzinfo else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_inner(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_inner, value)) + "]"
    return str(value)


def _inner(value: Any) -> str:
    return "null" if value is None else str(text(value))


def _double(value: float) -> str:
    """Write a double as Java does: with an exponent from ten million on and below a thousandth."""
    if math.isnan(value) or math.isinf(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    digits, exponent = f"{Decimal(repr(value)).normalize():E}".split("E")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"
