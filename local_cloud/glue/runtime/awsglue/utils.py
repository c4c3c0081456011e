"""Arguments of a job."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

_GIVEN_UNASKED = (
    "JOB_NAME",
    "JOB_ID",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "TempDir",
    "job-bookmark-option",
    "job-bookmark-from",
    "job-bookmark-to",
)


class GlueArgumentError(Exception):
    """An argument that the job asks for was not given."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:  # noqa: N802 - Glue's name
    """Return the values of the named arguments, and of Glue's own where given; others are left alone.

    Raises:
        GlueArgumentError: one is missing.
    """
    prefixed = [option for option in options if option.startswith("--")]
    if prefixed:
        raise GlueArgumentError(f"options are named without dashes, got {', '.join(prefixed)}")
    parser = _Parser(add_help=False, allow_abbrev=False)
    for option in dict.fromkeys(options):
        parser.add_argument(f"--{option}", dest=option, required=True)
    for option in _GIVEN_UNASKED:
        if option not in options:
            parser.add_argument(f"--{option}", dest=option.replace("-", "_"))
    known, _ = parser.parse_known_args(args[1:])
    given = {name: value for name, value in vars(known).items() if value is not None}
    return {"job_bookmark_option": "job-bookmark-disable"} | given
