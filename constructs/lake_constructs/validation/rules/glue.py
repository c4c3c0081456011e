"""Glue: what a job is told, and what it may be."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from lake_constructs.validation.arns import physical_name
from lake_constructs.validation.rule import rule
from lake_constructs.validation.rules.roles import created_before
from lake_constructs.validation.templates import Resource, Templates

# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
SWITCHES = (
    "--auto-scale-within-microbatch",
    "--disable-proxy-v2",
    "--enable-auto-scaling",
    "--enable-continuous-cloudwatch-log",
    "--enable-continuous-log-filter",
    "--enable-glue-datacatalog",
    "--enable-job-insights",
    "--enable-lakeformation-fine-grained-access",
    "--enable-metrics",
    "--enable-observability-metrics",
    "--enable-rename-algorithm-v2",
    "--enable-s3-parquet-optimized-committer",
    "--enable-spark-ui",
    "--enable-spark-ui-legacy-path",
    "--use-postgres-driver",
    "--user-jars-first",
)
CHOICES = {
    "--datalake-formats": ("delta", "hudi", "iceberg"),
    "--job-bookmark-option": ("job-bookmark-disable", "job-bookmark-enable", "job-bookmark-pause"),
    "--job-language": ("python", "scala"),
}
PLACES = ("--extra-files", "--extra-jars", "--extra-py-files", "--spark-event-logs-path", "--TempDir")
OTHERS = (
    "--additional-python-modules",
    "--class",
    "--conf",
    "--continuous-log-conversionPattern",
    "--continuous-log-logGroup",
    "--continuous-log-logStreamPrefix",
    "--customer-driver-env-vars",
    "--customer-executor-env-vars",
    "--custom-logGroup-prefix",
    "--custom-logStream-prefix",
    "--executor-cores",
    "--job-bookmark-from",
    "--job-bookmark-to",
    "--python-modules-installer-option",
    "--scriptLocation",
)
KNOWN = (*SWITCHES, *CHOICES, *PLACES, *OTHERS)
OF_GLUE = ("--debug", "--endpoint", "--JOB_NAME", "--JOB_RUN_ID", "--mode")
ALIKE = 0.8
FORMATS = {
    "iceberg": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "delta": "io.delta.sql.DeltaSparkSessionExtension",
    "hudi": "org.apache.spark.sql.hudi.HoodieSparkSessionExtension",
}
CATALOG = "spark.sql.catalog."


@rule("AWS::Glue::Job", mend="write the argument as Glue's documentation of job parameters has it")
def job_arguments_are_valid(templates: Templates, job: Resource) -> Iterator[str]:
    """Glue hands an argument that it does not know to the script, and so the feature stays off without a word."""
    for name, value in job.properties.get("DefaultArguments", {}).items():
        text = templates.text(job.stack, value)
        if not name.startswith("--"):
            yield f"the argument {name} does not start with --"
        elif name in OF_GLUE:
            yield f"{name} is Glue's own, and may not be set"
        elif name not in KNOWN and (alike := get_close_matches(name, KNOWN, n=1, cutoff=ALIKE)):
            yield f"{name} is no argument of Glue; {alike[0]} is"
        elif name in SWITCHES and text not in ("true", "false"):
            yield f"{name} is {text!r}; it is true or false"
        elif name in CHOICES and set(text.split(",")) - set(CHOICES[name]):
            yield f"{name} is {text!r}; it may be {', '.join(CHOICES[name])}"
        elif name in PLACES and not all(place.startswith("s3://") for place in text.split(",")):
            yield f"{name} is {text!r}; it takes addresses that start with s3://"


@rule("AWS::Glue::Job", mend="write `KEY=VALUE --conf KEY=VALUE`, each key once, with the catalog's own key and the format's extension")
def job_configuration_is_of_one_piece(templates: Templates, job: Resource) -> Iterator[str]:
    """Glue takes one `--conf`, so several settings are chained within it; what does not fit is dropped without a word."""
    arguments = job.properties.get("DefaultArguments", {})
    if "--conf" not in arguments:
        return
    settings: dict[str, str] = {}
    for part in templates.text(job.stack, arguments["--conf"]).split(" --conf "):
        key, equals, value = part.strip().partition("=")
        if not equals or not key.startswith("spark.") or " " in part.strip() or not value:
            yield f"--conf holds {part!r}, which is not one spark.KEY=VALUE"
        if settings.setdefault(key, value) != value:
            yield f"--conf sets {key} to {settings[key]} and to {value}"
    yield from _catalogs(settings)
    yield from _extensions(settings, str(arguments.get("--datalake-formats", "")).split(","))


def _catalogs(settings: Mapping[str, str]) -> Iterator[str]:
    named = {key.removeprefix(CATALOG).partition(".")[0] for key in settings if key.startswith(CATALOG)}
    for catalog in sorted(named):
        if CATALOG + catalog not in settings:
            yield f"--conf says something of the catalog {catalog}, but not what it is: {CATALOG}{catalog} is missing"
        elif (
            "iceberg" in settings[CATALOG + catalog]
            and not {f"{CATALOG}{catalog}.{key}" for key in ("type", "catalog-impl")} & settings.keys()
        ):
            yield f"the catalog {catalog} has neither type nor catalog-impl"


def _extensions(settings: Mapping[str, str], formats: list[str]) -> Iterator[str]:
    extensions = settings.get("spark.sql.extensions", "").split(",")
    for name, extension in FORMATS.items():
        if (name in formats) != (extension in extensions):
            yield f"--datalake-formats is {','.join(formats) or 'not set'}, but spark.sql.extensions is {','.join(extensions) or 'not set'}"


@rule("AWS::Glue::Job", mend="remove one of the two")
def job_settings_agree(templates: Templates, job: Resource) -> Iterator[str]:
    """Settings that exclude each other are refused at the deploy, or when a run starts."""
    properties = job.properties
    arguments = properties.get("DefaultArguments", {})
    runs = properties.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
    version = float(properties.get("GlueVersion", "0.9"))
    if "MaxCapacity" in properties and {"NumberOfWorkers", "WorkerType"} & properties.keys():
        yield "it has MaxCapacity beside NumberOfWorkers or WorkerType"
    if properties.get("JobRunQueuingEnabled") and properties.get("MaxRetries", 0) > 0:
        yield f"it queues its runs and has MaxRetries {properties['MaxRetries']}: a run that waits then fails instead"
    if arguments.get("--job-bookmark-option") == "job-bookmark-enable" and runs != 1:
        yield f"it keeps a bookmark and may run {runs} times at once: the runs would read the same files"
    if arguments.get("--enable-auto-scaling") == "true" and version < 3:
        yield f"it scales by itself, which Glue {version} cannot"
    if arguments.get("--enable-auto-scaling") == "true" and properties.get("NumberOfWorkers", 2) < 2:
        yield "it scales by itself, but NumberOfWorkers leaves it one worker, the driver"
    if properties.get("ExecutionClass") == "FLEX" and version < 3:
        yield f"it is of the class FLEX, which Glue {version} cannot"
    if properties.get("Command", {}).get("PythonVersion") == "2":
        yield "it wants Python 2"


@rule("AWS::Glue::Job", mend="name a security configuration of this app, and depend on it")
def job_finds_its_security_configuration(templates: Templates, job: Resource) -> Iterator[str]:
    """A job names its security configuration by text: nothing else tells CloudFormation that it has to be there first."""
    if "SecurityConfiguration" not in job.properties:
        return
    wanted = templates.text(job.stack, job.properties["SecurityConfiguration"])
    found = [c for c in templates.resources("AWS::Glue::SecurityConfiguration") if templates.identity(c, None) == wanted]
    if not found:
        yield f"no template has the security configuration {wanted}"
    for configuration in found:
        if configuration.stack is job.stack and configuration.logical_id not in created_before(templates, job):
            yield f"it may be created before its security configuration {configuration}"


@rule("AWS::Glue::Database", mend="use lower case letters, digits and underscores")
def database_can_be_queried(templates: Templates, database: Resource) -> Iterator[str]:
    """Athena and Spark fold names to lower case, and take a hyphen for a minus."""
    name: Any = physical_name(database)
    text = templates.text(database.stack, name) if name is not None else ""
    if text and not (text.isascii() and text == text.lower() and text.replace("_", "a").isalnum()):
        yield f"its name is {text}"
