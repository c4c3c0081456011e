"""From text to one statement of Redshift's SQL."""

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError
from sqlglot.tokenizer_core import TokenType

from local_cloud.redshift.failure import NotTranslatedError, SqlError, shortened

DIALECT = "redshift"


def parse(sql: str) -> exp.Expr:
    """Return the statement that a text is.

    Raises:
        SqlError: it is none, or more than one.
    """
    try:
        statements = [found for found in sqlglot.parse(_with_versions(sql), read=DIALECT) if found is not None]
    except ParseError as error:
        found = error.errors[0]
        raise SqlError(f'syntax error at or near "{found["highlight"]}" in: {shortened(sql)}') from error
    except TokenError as error:
        raise SqlError(f"syntax error: {error} in: {shortened(sql)}") from error
    if not statements:
        raise SqlError("syntax error at end of input: there is no statement")
    if len(statements) > 1:
        raise SqlError(f"cannot insert multiple commands into a prepared statement: {shortened(sql)}")
    return statements[0]


def with_parameters(parsed: exp.Expr, parameters: Mapping[str, str]) -> exp.Expr:
    """Put values in the place of `:name`; as on Redshift each is a text whose type follows from where it stands.

    Raises:
        SqlError: a name has no value.
    """
    for placeholder in list(parsed.find_all(exp.Placeholder)):
        if placeholder.name not in parameters:
            raise SqlError(f"parameter :{placeholder.name} has no value")
        placeholder.replace(exp.Literal.string(parameters[placeholder.name]))
    return parsed


def duckdb_sql(parsed: exp.Expr) -> str:
    """Return a translated statement as DuckDB's SQL.

    Raises:
        NotTranslatedError: it says something that DuckDB cannot.
    """
    try:
        return parsed.sql("duckdb", unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise NotTranslatedError(f"this ({error})", parsed.sql(DIALECT)) from error


def _with_versions(sql: str) -> str:
    """Return a text in which `as of timestamp '...'` after an Iceberg table stands in the words that the parser knows."""
    try:
        tokens = sqlglot.tokenize(sql, read=DIALECT)
    except TokenError:
        return sql  # the parser will say so
    places = [
        first.start
        for first, second, third in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if first.token_type is TokenType.ALIAS and second.text.lower() == "of" and third.text.lower() == "timestamp"
    ]
    for place in reversed(places):
        sql = f"{sql[:place]}for system_time {sql[place:]}"
    return sql
