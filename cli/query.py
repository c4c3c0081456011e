"""Ask the lake in SQL: through Athena, or with --engine redshift through the warehouse."""

from enum import StrEnum
from typing import Annotated

import typer

from cli.common import athena, redshift, tables
from cli.common.console import err
from cli.common.errors import UserError
from cli.common.options import Environment, Format
from cli.common.session import connect


class Engine(StrEnum):
    """Who answers."""

    ATHENA = "athena"
    REDSHIFT = "redshift"


ANSWER = {Engine.ATHENA: athena.query, Engine.REDSHIFT: redshift.query}


def run(
    sql: Annotated[
        str,
        typer.Argument(
            help="One statement. In Athena a table without a database is one of the consumer zone; in Redshift it is a view of "
            "schema lake, which reads the lake, or a copy in schema native."
        ),
    ],
    engine: Annotated[Engine, typer.Option(help="Who answers.")] = Engine.ATHENA,
    format: Annotated[Format, typer.Option(help="csv and json stand alone on standard output.")] = Format.TABLE,
    env: Environment = "local",
) -> None:
    if not sql.strip():
        raise UserError("the statement is empty, expected one of SQL: ./lake query 'select 1'")
    answer = ANSWER[engine](connect(env), sql)
    if answer.columns:
        tables.write(answer.columns, answer.rows, format)
    else:
        err.print("done; the statement gives no rows")
