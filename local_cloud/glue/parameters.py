"""Which of Glue's own job parameters do something here, which do nothing, and which are refused.

Every other name is the job's own argument and is passed on as it is. Source: "Using job parameters in AWS Glue jobs" of Glue's guide.
"""

import re
from collections.abc import Mapping

HONOURED = frozenset(
    {
        "--conf",
        "--custom-logGroup-prefix",
        "--datalake-formats",
        "--extra-py-files",
        "--job-bookmark-from",
        "--job-bookmark-option",
        "--job-bookmark-to",
        "--job-language",
        "--TempDir",
    }
)

WITHOUT_EFFECT = frozenset(
    {
        "--continuous-log-conversionPattern",
        "--continuous-log-logGroup",
        "--continuous-log-logStreamPrefix",
        "--enable-auto-scaling",
        "--enable-continuous-cloudwatch-log",
        "--enable-continuous-log-filter",
        "--enable-job-insights",
        "--enable-metrics",
        "--enable-observability-metrics",
        "--enable-s3-parquet-optimized-committer",
        "--enable-spark-ui",
        "--spark-event-logs-path",
        "--spark-ui-event-logs-path",
    }
)
"""They scale, measure or show a job; here it runs on one machine and its log is a file."""

REFUSED = frozenset(
    {
        "--additional-python-modules",
        "--auto-scale-within-microbatch",
        "--class",
        "--customer-driver-env-vars",
        "--customer-executor-env-vars",
        "--disable-proxy-v2",
        "--enable-glue-datacatalog",
        "--enable-lakeformation-fine-grained-access",
        "--encryption-type",
        "--executor-cores",
        "--extra-files",
        "--extra-jars",
        "--python-modules-installer-option",
        "--scriptLocation",
        "--use-postgres-driver",
        "--user-jars-first",
        "--write-shuffle-files-to-s3",
        "--write-shuffle-spills-to-s3",
    }
)
"""A job that counts on one of them would do something else here."""

_ONLY = {
    "--datalake-formats": ("iceberg",),
    "--job-bookmark-option": ("job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause"),
    "--job-language": ("python",),
}


class NotUnderstoodError(Exception):
    """A job asks for what the local cloud cannot do."""


def check(arguments: Mapping[str, str]) -> None:
    """Refuse what has no meaning here.

    Raises:
        NotUnderstoodError: the message names the parameter, its value and what is possible.
    """
    for name, value in arguments.items():
        if name in REFUSED:
            raise NotUnderstoodError(f"the job parameter {name} ({value!r}) is not in the local cloud")
        if name in _ONLY and value not in _ONLY[name]:
            raise NotUnderstoodError(f"the job parameter {name} is {value!r}, the local cloud has {', '.join(_ONLY[name])}")


def argv(arguments: Mapping[str, str]) -> list[str]:
    """Return the command line of the script: each name followed by its value."""
    return [text for pair in arguments.items() for text in pair]


def spark_settings(conf: str) -> dict[str, str]:
    """Return the Spark settings in the value of `--conf`, which has room for several: `a=1 --conf b=2`.

    Raises:
        NotUnderstoodError: one of them has no value.
    """
    settings: dict[str, str] = {}
    for setting in re.split(r"\s+--conf\s+", conf.strip()) if conf.strip() else []:
        name, equals, value = setting.strip().partition("=")
        if not equals:
            raise NotUnderstoodError(
                f"the job parameter --conf has {setting!r}, expected name=value; several are chained: `a=1 --conf b=2`"
            )
        settings[name.strip()] = value.strip()
    return settings
