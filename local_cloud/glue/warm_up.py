"""What a job of a lake does, on two rows: only which classes it makes the JVM load is of interest, so it is never tested for its answers."""

from contextlib import suppress
from pathlib import Path

CATALOGS = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.scratch": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.scratch.type": "hadoop",
    "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.glue_catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "spark.sql.catalog.glue_catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "spark.sql.catalog.glue_catalog.warehouse": "s3://nothing/",
}
_TABLE = "scratch.lake.words"
_STATEMENTS = (
    f"create table {_TABLE} (id bigint, word string, day date, at timestamp, hash binary, parts array<string>) using iceberg partitioned by (day)",
    f"""insert into {_TABLE}
        select try_cast(parts[0] as bigint), parts[1], to_date(parts[2]), timestamp'2013-01-01', unhex(sha2(value, 256)), parts
        from (select value, split(value, ',') as parts from lines)""",
    f"alter table {_TABLE} create branch run",
    f"""merge into {_TABLE}.branch_run t
        using (select * from (select *, row_number() over (partition by id order by at desc, hash) as place from {_TABLE}) where place = 1) s
        on t.id = s.id and t.day between date'2013-01-01' and date'2013-01-02'
        when matched and s.hash <> t.hash then update set word = s.word
        when not matched then insert (id, word, day, at, hash, parts) values (s.id, s.word, s.day, s.at, s.hash, s.parts)""",
    "call scratch.system.fast_forward('lake.words', 'main', 'run')",
)
_QUESTIONS = (
    f"select day, count(*), avg(id), max(word), collect_list(named_struct('w', word)) from {_TABLE} group by day order by day",
    f"select /*+ broadcast(b) */ a.*, from_json(b.word, 'w string') from {_TABLE} a left join {_TABLE} b on a.id = b.id and b.word is not null",
    f"select * from {_TABLE}.snapshots",
)


def warm_up(work: Path) -> None:
    """Do it, with `work` as the warehouse, and stop the session."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.getOrCreate()
    (work / "lines").write_text("1,one,2013-01-01\n2,two,2013-01-02\n")
    session.read.text(f"file:{work}/lines").createOrReplaceTempView("lines")
    for statement in _STATEMENTS:
        session.sql(statement)
    for question in _QUESTIONS:
        session.sql(question).persist().collect()
    # Neither is there; to hear so takes most of what it takes to use them.
    with suppress(Exception):
        session.read.text("s3://nothing/").collect()
    with suppress(Exception):
        session.table("glue_catalog.nothing.nothing")
    session.stop()
