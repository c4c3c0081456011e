"""What a query is taken for."""

import pytest

from local_cloud.athena.failure import QueryError
from local_cloud.athena.statement import Kind, MalformedQueryError, Statement, understand


@pytest.mark.parametrize(
    ("sql", "statement"),
    [
        ("show tables", Statement(Kind.TABLES)),
        ("SHOW TABLES IN lake_raw 'f*';", Statement(Kind.TABLES, database="lake_raw", pattern="f*")),
        ("-- all of them\nSHOW DATABASES", Statement(Kind.DATABASES)),
        ("DESCRIBE lake_raw.flights", Statement(Kind.COLUMNS, database="lake_raw", table="flights")),
        ("/* which */ show columns in `flights`", Statement(Kind.COLUMNS, table="flights")),
    ],
)
def test_questions_about_the_catalog_are_understood(sql: str, statement: Statement) -> None:
    assert understand(sql) == statement


@pytest.mark.parametrize("sql", ["SELECT 1", "(SELECT 1) UNION ALL SELECT 2;", "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES 1, 2"])
def test_queries_give_rows(sql: str) -> None:
    assert (understand(sql).kind, understand(sql).type) == (Kind.ROWS, "DML")


def test_a_plan_is_of_a_query_alone() -> None:
    assert understand("EXPLAIN SELECT 1").kind is Kind.PLAN
    with pytest.raises(QueryError, match="does not run EXPLAIN ANALYZE"):
        understand("EXPLAIN ANALYZE SELECT 1")


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE t AS SELECT 1", "INSERT INTO t VALUES (1)", "DROP TABLE t", "MSCK REPAIR TABLE t", "VACUUM t"]
)
def test_what_writes_is_refused_by_name(sql: str) -> None:
    with pytest.raises(QueryError, match=f"does not run {' '.join(sql.split()[:2])}; it has SELECT"):
        understand(sql)


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT 'a", "", "SELECT 1; SELECT 2"])
def test_text_that_is_no_single_statement_is_malformed(sql: str) -> None:
    with pytest.raises(MalformedQueryError):
        understand(sql)
