"""Ask the lake in SQL, through its Athena workgroup: databases lake_raw, lake_processed and lake_consumer."""

from typing import Annotated

import typer

from cli.common import athena, tables
from cli.common.errors import UserError
from cli.common.options import Environment, Format
from cli.common.session import connect


def run(
    sql: Annotated[str, typer.Argument(help="One statement; a table without a database is one of the consumer zone.")],
    format: Annotated[Format, typer.Option(help="csv and json stand alone on standard output.")] = Format.TABLE,
    env: Environment = "local",
) -> None:
    if not sql.strip():
        raise UserError("the statement is empty, expected one of SQL: ./lake query 'select 1'")
    answer = athena.query(connect(env), sql)
    tables.write(answer.columns, answer.rows, format)
