import pytest
from pyspark.sql import DataFrame, SparkSession

from contracts.contract import Rule, Severity
from glue_jobs.common.audit import audit
from glue_jobs.common.errors import AuditFailedError


@pytest.fixture(scope="module")
def rows(spark: SparkSession) -> DataFrame:
    frame = spark.createDataFrame([("Elbe", 7), ("Oder", None), (None, 3)], "station string, level int")
    frame.createOrReplaceTempView("audited")
    return frame


def _rule(value: str, wanted: str, scope: str = "batch", severity: Severity = Severity.WARNING) -> Rule:
    return Rule(name="a rule", scope=scope, value=value, wanted=wanted, severity=severity)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (_rule("count(*)", "value = 3"), []),
        (_rule("count_if(level is null)", "value = 0"), ["rule a rule is broken: value is 1, wanted value = 0"]),
        (_rule("count(*)", "value between 1 and 2", scope="table"), []),
        (_rule("select count(*) from {table}", "value > 5"), ["rule a rule is broken: value is 3, wanted value > 5"]),
        (_rule("avg(level) filter (where false)", "value > 5"), []),
    ],
)
def test_a_broken_rule_says_the_value_and_what_was_wanted(rows: DataFrame, rule: Rule, said: list[str]) -> None:
    assert audit([rule], rows, rows.limit(1), "audited") == said


def test_a_warning_that_looks_into_a_dataset_that_is_not_there_is_told_and_stops_nothing(rows: DataFrame) -> None:
    [said] = audit([_rule("select count(*) from nowhere", "value > 5")], rows, rows, "audited")
    assert said.startswith("rule a rule could not be evaluated: [TABLE_OR_VIEW_NOT_FOUND]")


def test_an_error_stops_publication_and_names_every_broken_rule(rows: DataFrame) -> None:
    rules = [_rule("max(level)", "value < 5", severity=Severity.ERROR), _rule("min(level)", "value > 5", "table", Severity.ERROR)]
    with pytest.raises(AuditFailedError, match=r"value is 7, wanted value < 5; .* value is 3, wanted value > 5"):
        audit(rules, rows, rows, "audited")


def test_an_error_that_cannot_be_evaluated_is_not_taken_for_kept(rows: DataFrame) -> None:
    with pytest.raises(Exception, match="nowhere"):
        audit([_rule("select count(*) from nowhere", "value > 5", severity=Severity.ERROR)], rows, rows, "audited")
