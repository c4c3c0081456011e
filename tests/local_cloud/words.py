"""A job that reads lines with a bookmark and merges their words into an Iceberg table, as jobs of the lake do."""

from tests.local_cloud.jobs import ICEBERG, GlueJob
from tests.local_cloud.running import LocalCloud

NAME = "words"
SCRIPT = """
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "source"])
context = GlueContext(SparkContext.getOrCreate())
spark = context.spark_session
job = Job(context)
job.init(arguments["JOB_NAME"], arguments)
lines = context.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [arguments["source"]], "recurse": True, "exclusions": '["**.bad"]'},
    format="csv",
    format_options={"separator": "\\x01", "quoteChar": -1, "withHeader": False, "attachFilename": "_object"},
    transformation_ctx="lines",
).toDF()
print("columns", lines.columns)
if lines.columns:
    print("lines", sorted(map(tuple, lines.collect())))
    lines.createOrReplaceTempView("lines")
    table = "glue_catalog.words.word"
    spark.sql(f"create table if not exists {table} (word string, size int, at timestamp) using iceberg location 's3://words-data/word'")
    new = "select distinct col0 as word, length(col0) as size, timestamp'2013-01-01 05:00:00' as at from lines"
    spark.sql(f"merge into {table} t using ({new}) n on t.word = n.word when not matched then insert *")
job.commit()
"""


def words_job(cloud: LocalCloud) -> GlueJob:
    """Return the job; its source has nothing yet."""
    conf = f"{ICEBERG} --conf spark.sql.catalog.glue_catalog.warehouse=s3://words-data"
    job = GlueJob(cloud, NAME).create(
        {
            "--source": "s3://words-data/raw/",
            "--conf": conf,
            "--datalake-formats": "iceberg",
            "--job-bookmark-option": "job-bookmark-enable",
        }
    )
    job.script(SCRIPT)
    return job
