"""The rules of a contract on what is about to be published."""

from collections.abc import Sequence

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from contracts.contract import Rule, Severity
from glue_jobs.common.errors import AuditFailedError

BATCH = "batch"
TABLE = "table"


def audit(rules: Sequence[Rule], batch: DataFrame, table: DataFrame, table_identifier: str) -> list[str]:
    """Evaluate the rules; return what is to be known but stops nothing.

    Args:
        batch: the rows that this refresh inserts or updates.
        table: all rows after it.
        table_identifier: takes the place of `{table}` in rules that are whole queries.

    Raises:
        AuditFailedError: a rule of severity `error` is broken.
    """
    queries = [rule for rule in rules if _is_query(rule)]
    broken = [
        *_broken([rule for rule in rules if not _is_query(rule) and rule.scope == BATCH], batch),
        *_broken([rule for rule in rules if not _is_query(rule) and rule.scope == TABLE], table),
        *(said for rule in queries for said in _broken_query(rule, table, table_identifier)),
    ]
    errors = [said for rule, said in broken if rule.severity is Severity.ERROR]
    if errors:
        advice = "Readers keep the last good version; correct the source or the rule."
        raise AuditFailedError(f"nothing was published: {'; '.join(errors)}. {advice}")
    return [said for _, said in broken]


def _is_query(rule: Rule) -> bool:
    return rule.value.lstrip().lower().startswith("select")


def _broken(rules: Sequence[Rule], rows: DataFrame) -> list[tuple[Rule, str]]:
    if not rules:
        return []
    return _judge(rules, rows.agg(*(F.expr(rule.value).alias(f"value_{number}") for number, rule in enumerate(rules))))


def _broken_query(rule: Rule, table: DataFrame, identifier: str) -> list[tuple[Rule, str]]:
    try:
        answer = table.sparkSession.sql(rule.value.replace("{table}", identifier))
    except AnalysisException as error:
        if rule.severity is Severity.ERROR:
            raise
        return [(rule, f"rule {rule.name} could not be evaluated: {str(error).splitlines()[0]}")]
    return _judge([rule], answer.toDF("value_0"))


def _judge(rules: Sequence[Rule], values: DataFrame) -> list[tuple[Rule, str]]:
    """Compare each value with what is wanted of it; a rule that has no value, as an average of no rows, is kept."""
    # the lambda gives the value the name by which the rule calls it
    wanted = [F.expr(f"transform(array(value_{number}), value -> {rule.wanted})[0]") for number, rule in enumerate(rules)]
    row = values.select("*", *(kept.alias(f"kept_{number}") for number, kept in enumerate(wanted))).collect()[0]
    broken = [(rule, row[f"value_{number}"]) for number, rule in enumerate(rules) if row[f"kept_{number}"] is False]
    return [(rule, f"rule {rule.name} is broken: value is {value}, wanted {rule.wanted}") for rule, value in broken]
