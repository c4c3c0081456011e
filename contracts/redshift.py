"""What Redshift makes of a Spark type: by way of Iceberg, as the Glue catalog shows it and Spectrum reads it.

https://docs.aws.amazon.com/redshift/latest/dg/querying-iceberg-supported-data-types.html
"""

import re
from dataclasses import dataclass

LONGEST_NAME = 127  # bytes of an identifier: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
MOST_COLUMNS = 1600  # of a table: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_usage.html
MOST_NAMES = 5  # of a path into JSON: https://docs.aws.amazon.com/redshift/latest/dg/JSON_EXTRACT_PATH_TEXT.html
LONGEST_TEXT = 65535  # bytes of a varchar; Spectrum itself cuts a text of Iceberg at 16384


@dataclass(frozen=True, kw_only=True)
class Types:
    """What one Spark type is in the catalog and in Redshift.

    Attributes:
        glue: in the Glue catalog, as Iceberg's catalog writes it.
        redshift: of a native column that holds every value of it; None where Redshift cannot read it.
        why: it cannot; empty where it can.
    """

    glue: str
    redshift: str | None
    why: str = ""


V3 = "it is of Iceberg v3 alone, and tables here are v2"
NEVER_STORED = "Iceberg cannot store it"
SIMPLE = {
    "boolean": Types(glue="boolean", redshift="boolean"),
    "tinyint": Types(glue="int", redshift="integer"),  # Iceberg has no smaller integer than int
    "smallint": Types(glue="int", redshift="integer"),
    "int": Types(glue="int", redshift="integer"),
    "bigint": Types(glue="bigint", redshift="bigint"),
    "float": Types(glue="float", redshift="real"),
    "double": Types(glue="double", redshift="double precision"),
    "string": Types(glue="string", redshift=f"varchar({LONGEST_TEXT})"),
    "date": Types(glue="date", redshift="date"),
    "timestamp": Types(glue="timestamp", redshift="timestamptz"),  # Spark's is a moment: Iceberg's timestamptz
    "timestamp_ntz": Types(glue="timestamp", redshift="timestamp"),
    "binary": Types(glue="binary", redshift="varbyte(64000)"),
    "variant": Types(glue="variant", redshift=None, why=V3),
    "void": Types(glue="void", redshift=None, why=NEVER_STORED),
}
# type with parameters -> what it is
PARAMETERS = (
    (r"decimal\((\d+), ?(\d+)\)", Types(glue=r"decimal({0},{1})", redshift="decimal({0},{1})")),
    (r"(?:var)?char\((\d+)\)", Types(glue="string", redshift=f"varchar({LONGEST_TEXT})")),  # Iceberg keeps no length
    (r"array<.+>", Types(glue="array<>", redshift="super")),
    (r"map<.+>", Types(glue="map<>", redshift="super")),
    (r"struct<.*>", Types(glue="struct<>", redshift="super")),
    (r"interval .+", Types(glue="interval", redshift=None, why=NEVER_STORED)),
)


def types(spark: str) -> Types:
    """Return what a Spark type is in Glue and in Redshift; defined for every text, since one that is no type cannot be read either."""
    written = spark.strip().lower()
    if written in SIMPLE:
        return SIMPLE[written]
    for pattern, found in PARAMETERS:
        if match := re.fullmatch(pattern, written):
            redshift = found.redshift and found.redshift.format(*match.groups())
            return Types(glue=found.glue.format(*match.groups()), redshift=redshift, why=found.why)
    return Types(glue=written, redshift=None, why="it is no type of Spark")


def problem(spark: str) -> str | None:
    """Return why Redshift cannot read columns of a Spark type, or None."""
    found = types(spark)
    return None if found.redshift else found.why
