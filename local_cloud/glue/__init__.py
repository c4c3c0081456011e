"""AWS Glue jobs: the unmodified script, run by Spark on this machine under the job's own role."""

import sys
from pathlib import Path


def install() -> None:
    """Run Glue jobs in this process's local cloud."""
    # The jobs' own import root: the local cloud answers for bookmarks with the code that writes them.
    sys.path.append(str(Path(__file__).with_name("runtime")))
    from local_cloud.glue import replacements  # it needs ministack, which all else in here does without

    replacements.install()
