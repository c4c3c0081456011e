"""Make the class archive in the background, while whoever started the local cloud deploys."""

import os
from collections.abc import Callable

from local_cloud.environment import home, spark_python
from local_cloud.glue import class_archive
from local_cloud.glue.process import Command, Process
from local_cloud.glue.workspace import RUNTIME
from local_cloud.jars import FOLDER as JARS


def begin() -> Callable[[], None]:
    """Begin, where there are jars to make it of, and return what ends it; the log says what went wrong, and jobs run without."""
    if not any(JARS.glob("*.jar")):
        return lambda: None
    logs = home() / "log"
    command = Command(
        arguments=[str(spark_python()), str(RUNTIME / "start.py"), str(class_archive.__file__)],
        environment={**os.environ, "GLUE_FAILURE": str(logs / "class-archive.failure")},
        folder=home(),
        log=logs / "class-archive.log",
        pid_file=logs / "class-archive.pid",
    )
    return Process(command).kill
