"""DuckDB's types and values as the Data API gives them."""

import base64
import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

# name in Redshift, precision
_TYPES = {
    "BIGINT": ("int8", 19),
    "INTEGER": ("int4", 10),
    "SMALLINT": ("int2", 5),
    "TINYINT": ("int2", 5),
    "HUGEINT": ("numeric", 38),  # DuckDB's sum of bigint; Redshift's is a numeric(38,0)
    "DOUBLE": ("float8", 17),
    "FLOAT": ("float4", 8),
    "BOOLEAN": ("bool", 1),
    "DATE": ("date", 13),
    "TIMESTAMP": ("timestamp", 29),
    "TIMESTAMP WITH TIME ZONE": ("timestamptz", 35),
    "TIME": ("time", 15),
    "VARCHAR": ("varchar", 65535),
    "BLOB": ("varbyte", 1024000),
}
_SIGNED = ("int8", "int4", "int2", "numeric", "float8", "float4")


@dataclass(frozen=True)
class Column:
    """A column of a result.

    Attributes:
        type: Redshift's name of its type.
    """

    name: str
    type: str
    precision: int = 0
    scale: int = 0

    @classmethod
    def of_duckdb(cls, name: str, type_name: str) -> "Column":
        """Return the column that DuckDB calls by this name and type; what Redshift has no simple type for is a super."""
        if type_name.startswith("DECIMAL("):
            precision, scale = map(int, type_name.removeprefix("DECIMAL(").rstrip(")").split(","))
            return cls(name, "numeric", precision, scale)
        return cls(name, *_TYPES.get(type_name, ("super", 0)))

    def describe(self) -> dict[str, Any]:
        """Return the column in the form of the Data API."""
        return {
            "name": self.name,
            "label": self.name,
            "typeName": self.type,
            "precision": self.precision,
            "length": self.precision if self.type == "varchar" else 0,
            "scale": self.scale,
            "nullable": 1,
            "schemaName": "",
            "tableName": "",
            "isCaseSensitive": self.type == "varchar",
            "isCurrency": False,
            "isSigned": self.type in _SIGNED,
        }

    def kept(self) -> dict[str, Any]:
        """Return it as JSON; `Column(**kept)` is the column again."""
        return asdict(self)


def field(value: Any) -> dict[str, Any]:
    """Return a value in the form of the Data API: whole numbers, fractions and truths as they are, all else as text."""
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value} if -(2**63) <= value < 2**63 else {"stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, bytes):
        return {"blobValue": base64.b64encode(value).decode()}
    return {"stringValue": _text(value)}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        fraction = f".{moment:%f}".rstrip("0").rstrip(".")
        return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}" + ("+00" if value.tzinfo else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | dict):
        return json.dumps(value, default=_text)
    return str(value)
