"""Options that several verbs take."""

from enum import StrEnum
from typing import Annotated

import typer

Environment = Annotated[str, typer.Option(help="A YAML's name in company/config/ or config/, or the path of one.", metavar="NAME")]


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
