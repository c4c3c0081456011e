"""Statements of Redshift, and each of their words misspelt in turn."""

import re
from collections.abc import Iterator

import pytest

from config.datasets import dataset_folders
from config.read import ROOT, settings
from contracts.read import read
from contracts.zone import Zone
from warehouse.definitions import definitions, natives
from warehouse.loads import statements
from warehouse.shapes import NAMED
from warehouse.syntax import problems

# words of SQL in capitals, all else in small letters
TAKEN = """
GRANT SELECT ON a.b TO ROLE x
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA a TO ROLE x, GROUP y, bob
GRANT USAGE ON SCHEMA a, b TO ROLE x
GRANT ALL PRIVILEGES ON a.b TO bob WITH GRANT OPTION
GRANT SELECT (c, d) ON a.b TO ROLE x
GRANT EXECUTE ON FUNCTION f(int) TO ROLE x
GRANT EXPLAIN RLS TO ROLE x
GRANT ROLE y TO ROLE x
GRANT ASSUMEROLE ON DEFAULT TO bob FOR COPY
GRANT ASSUMEROLE ON 'arn:aws:iam::1:role/x', 'arn:aws:iam::1:role/y' TO ROLE x, GROUP y FOR COPY, UNLOAD, EXTERNAL FUNCTION, CREATE MODEL
REVOKE ASSUMEROLE ON ALL FROM bob FOR ALL
REVOKE ALL ON a.b FROM ROLE x
REVOKE GRANT OPTION FOR SELECT ON a.b FROM x
CREATE SCHEMA IF NOT EXISTS a AUTHORIZATION bob QUOTA 10 GB
CREATE SCHEMA IF NOT EXISTS a
CREATE TABLE a.b (c int ENCODE az64 DISTKEY SORTKEY)
CREATE TABLE a.b (c int) INTERLEAVED SORTKEY (c) BACKUP NO
CREATE TABLE a.b (c int NOT NULL, d varchar(20) DEFAULT 'x', PRIMARY KEY (c)) DISTSTYLE KEY DISTKEY (c) COMPOUND SORTKEY (c)
CREATE TABLE a.b (c int IDENTITY(0, 1) NOT NULL, d decimal(10, 2), UNIQUE (c), FOREIGN KEY (d) REFERENCES x (y)) DISTSTYLE EVEN SORTKEY AUTO
CREATE TABLE a.b (LIKE x.y INCLUDING DEFAULTS)
CREATE TABLE a.b DISTKEY (c) AS SELECT c FROM d
CREATE TEMP TABLE t (c int)
ALTER TABLE a.b ADD COLUMN c int DEFAULT 0 ENCODE az64
ALTER TABLE a.b DROP COLUMN c CASCADE
ALTER TABLE a.b RENAME COLUMN c TO d
ALTER TABLE a.b RENAME TO c
ALTER TABLE a.b OWNER TO c
ALTER TABLE a.b ALTER COLUMN c TYPE varchar(300)
ALTER TABLE a.b ALTER COLUMN c ENCODE zstd
ALTER TABLE a.b ALTER SORTKEY AUTO
ALTER TABLE a.b ALTER DISTSTYLE ALL
ALTER TABLE a.b ADD CONSTRAINT k FOREIGN KEY (c) REFERENCES d (e)
ALTER SCHEMA a RENAME TO b
CREATE EXTERNAL SCHEMA IF NOT EXISTS c FROM DATA CATALOG DATABASE 'x' IAM_ROLE DEFAULT
CREATE EXTERNAL SCHEMA s FROM KINESIS IAM_ROLE DEFAULT
CREATE EXTERNAL SCHEMA c FROM POSTGRES DATABASE 'a' SCHEMA 'b' URI 'c' PORT 5432 IAM_ROLE 'arn:aws:iam::1:role/x' SECRET_ARN 'y'
CREATE ROLE lake_x
CREATE USER bob PASSWORD DISABLE
CREATE USER bob WITH PASSWORD 'x' CREATEDB IN GROUP a, b
CREATE GROUP g WITH USER a, b
ALTER GROUP g ADD USER b
DROP USER IF EXISTS bob
LOCK a.b
CALL p(1, 'x', f(2))
CREATE DATASHARE s
ALTER DATASHARE s ADD TABLE a.b, "c"."d"
ALTER DATASHARE s SET INCLUDENEW = TRUE FOR SCHEMA a
GRANT USAGE ON DATASHARE s TO ACCOUNT '111122223333'
CREATE MATERIALIZED VIEW a.b AUTO REFRESH YES AS SELECT c FROM d
REFRESH MATERIALIZED VIEW a.b
COMMENT ON TABLE a.b IS 'x'
COMMENT ON COLUMN a.b.c IS NULL
ANALYZE a.b
ANALYZE COMPRESSION a.b
ANALYZE COMPRESSION a.b (c, d) COMPROWS 200000
CREATE MODEL a.m FROM (SELECT c, d FROM a.b) TARGET d FUNCTION f IAM_ROLE DEFAULT SETTINGS (S3_BUCKET 'x', MAX_CELLS 1000)
CREATE MODEL m FROM a.b TARGET d FUNCTION f IAM_ROLE 'y' AUTO OFF MODEL_TYPE XGBOOST PREPROCESSORS 'none' HYPERPARAMETERS DEFAULT EXCEPT (num_round '100') SETTINGS (S3_BUCKET 'x', S3_GARBAGE_COLLECT OFF)
CREATE MODEL m FROM 'job' FUNCTION f (int, varchar) RETURNS decimal(8, 7) IAM_ROLE DEFAULT SETTINGS (S3_BUCKET 'x')
DROP MODEL IF EXISTS a.m
CREATE OR REPLACE PROCEDURE p(a int) AS $$ begin select 1; end; $$ LANGUAGE plpgsql SECURITY DEFINER
CREATE FUNCTION f(float) RETURNS float IMMUTABLE AS $$ select $1 $$ LANGUAGE sql
CREATE OR REPLACE EXTERNAL FUNCTION f(varchar) RETURNS varchar STABLE LAMBDA 'x' IAM_ROLE DEFAULT
ALTER FUNCTION f(int) OWNER TO bob
ALTER MATERIALIZED VIEW a.b AUTO REFRESH YES
SET search_path TO a, b
ALTER DEFAULT PRIVILEGES IN SCHEMA a GRANT SELECT ON TABLES TO ROLE r
CREATE MASKING POLICY m WITH (a varchar(10)) USING ('x'::text)
ATTACH MASKING POLICY m ON a.b(c) TO ROLE r PRIORITY 10
CREATE RLS POLICY p WITH (a int) USING (a = 1)
ATTACH RLS POLICY p ON a.b TO ROLE r
INSERT INTO a.b (c, d) VALUES (1, 2)
INSERT INTO a.b SELECT c FROM d
MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET c = b.c WHEN NOT MATCHED THEN INSERT VALUES (b.c)
MERGE INTO a USING b ON a.id = b.id REMOVE DUPLICATES
COPY a.b FROM 's3://x' IAM_ROLE DEFAULT FORMAT PARQUET
UNLOAD ('select 1') TO 's3://x' IAM_ROLE DEFAULT FORMAT PARQUET
UPDATE a.b SET c = x.c FROM x WHERE x.k = 1
DELETE FROM a.b USING x WHERE x.k = 1
DROP TABLE IF EXISTS a.b CASCADE
DROP SCHEMA IF EXISTS a CASCADE
DROP VIEW a.b
DROP MATERIALIZED VIEW IF EXISTS a.b
CREATE OR REPLACE VIEW a.b AS SELECT c FROM d WITH NO SCHEMA BINDING
SELECT c FROM a WHERE c IS NOT NULL GROUP BY c HAVING c > 1 ORDER BY c LIMIT 3
SELECT c FROM a INNER JOIN b ON a.c = b.c
WITH x AS (SELECT 1) SELECT c FROM x UNION ALL SELECT c FROM y
""".strip().splitlines()
SLIPS = """
CREATE TABLE a.b (c int) INTERLEAVED SORTKEY (c) BACKUP ON
CREATE TABLE a.b (c int IDENTITY(0, 1) NOT NULL, d decimal(10, 2), UNIQEU (c), FOREIGN KEY (d) REFERENCES x (y)) DISTSTYLE EVEN SORTKEY AUTO
CREATE TABLE a.b (LIKE x.y INCLUDING DEFAULST)
MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET c = b.c WHEN NOT MATCHED THEN INSERT VALUSE (b.c)
COPY a.b FROM 's3://x' IAM_ROLE DEFAULT FORMTA PARQUET
COPY a.b FROM 's3://x' IAM_ROLE DEFAULT FORMAT PARQUTE
SELECT c FROM a WHERE c IS NOT NULLQ GROUP BY c HAVING c > 1 ORDER BY c LIMIT 3
SELECT c FROM a INNRE JOIN b ON a.c = b.c
""".strip().splitlines()
"""Misspellings that are not seen: a word there may be a name, an alias or an option. Redshift fails them, and the migration's transaction holds nothing."""


def misspelt(statement: str) -> Iterator[str]:
    """Yield a statement with the last two letters of each of its words in turn the other way round."""
    without_texts = re.sub(r"'[^']*'|\$\$.*\$\$", lambda found: " " * len(found[0]), statement)
    for found in re.finditer(r"\b[A-Z_]{2,}\b", without_texts):
        word = found[0]
        other = f"{word[:-2]}{word[-1]}{word[-2]}" if word[-1] != word[-2] else f"{word}Q"
        yield statement[: found.start()] + other + statement[found.end() :]


@pytest.mark.parametrize("statement", TAKEN)
def test_a_statement_of_redshift_s_is_taken(statement: str) -> None:
    assert list(problems(statement)) == []
    assert list(problems(f"-- what it is for\n{statement.lower()} /* and why */")) == []


def test_a_misspelt_word_is_an_error_but_for_a_few_that_are_known() -> None:
    tried = [other for statement in TAKEN for other in misspelt(statement)]
    assert len(tried) >= 400
    assert [statement for statement in tried if not list(problems(statement))] == SLIPS


@pytest.mark.parametrize(
    "statement",
    [
        "alter tabel a.b add column c int",
        "analyze compresion a.b",
        "create model m from a.b target d function f",
        "grant assumerole on default to bob",
        "alter table a.b add colum c int",
        "call",
        "comment on tabel a.b is 'x'",
        "create user",
        "create view a.b as selct 1",
        "explain select 1",
        "foo",
        "foo bar",
        "grant selct on a.b to role x",
        "grant select in a.b to role x",
        "grant select on a.b to rle x",
        "lock",
        "refresh materialised view a.b",
        "show tables from schema a.b",
        "use db",
        "values (1)",
    ],
)
def test_what_sqlglot_takes_as_it_is_is_refused_unless_its_shape_is_known(statement: str) -> None:
    (problem,) = problems(statement)
    assert problem.startswith("not SQL of Redshift")


def test_the_refusal_says_what_to_do_and_names_the_shapes() -> None:
    (problem,) = problems("grant selct on a.b to role x")
    assert "look for a misspelt word, or, if Redshift takes it, add its shape to warehouse/shapes.py" in problem
    assert all(name in problem for name in NAMED)


def test_each_shape_is_among_the_statements_that_are_tried() -> None:
    untried = {name for name, shape in NAMED.items() if not any(re.fullmatch(shape, statement, re.IGNORECASE) for statement in TAKEN)}
    assert untried == set()


def test_all_that_is_made_of_contracts_is_sql_by_the_same_rules() -> None:
    contracts = read(dataset_folders(settings(ROOT / "config" / "prod.yaml")))
    databases = {Zone.CONSUMER: "lake_consumer", Zone.PROCESSED: "lake_processed"}
    made = [
        statement for one in definitions(contracts.values(), databases, ["111122223333"], "lake-stream") for statement in one.statements
    ]
    made += [statement for contract in natives(contracts.values()) for statement in statements(contract)]
    assert len(made) >= 30
    assert [
        found for statement in made for found in problems(statement.replace(" as of timestamp '{as_of}'", "").replace("{rows}", "1"))
    ] == []
