"""The class archive: made once, used by each Spark, and by none that it was not made of."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

from local_cloud.glue import class_archive
from local_cloud.jars import FOLDER as JARS
from local_cloud.java import java_home
from tests.local_cloud.running import LocalCloud

PYSPARK = Path(str(find_spec("pyspark").origin)).parent / "jars"  # type: ignore[union-attr] # it is one of the packages of the tests


def test_a_job_starts_without_an_archive_where_none_is_finished(tmp_path: Path) -> None:
    made = tmp_path / "0123"
    made.mkdir()
    (made / "java.jsa").touch()
    (made / "jobs.jsa.unfinished").touch()
    assert class_archive.option(tmp_path) == ""
    (made / "jobs.jsa").touch()
    assert class_archive.option(tmp_path) == f'"-XX:SharedArchiveFile={made}/java.jsa:{made}/jobs.jsa"'


@pytest.mark.parametrize("change", ["jar", "date", "java"])
def test_another_archive_is_made_when_what_it_is_made_of_changes(tmp_path: Path, change: str) -> None:
    release, jar = tmp_path / "release", tmp_path / "a.jar"
    release.write_text("17")
    jar.touch()
    before = class_archive.made_of(tmp_path, tmp_path)
    assert before == class_archive.made_of(tmp_path, tmp_path)
    if change == "jar":
        (tmp_path / "b.jar").touch()
    elif change == "date":
        os.utime(jar, (0, 0))
    else:
        release.write_text("17.1")
    assert class_archive.made_of(tmp_path, tmp_path) != before


@pytest.mark.matrix
def test_spark_takes_its_classes_from_the_archive_unless_its_jars_are_others(cloud: LocalCloud, tmp_path: Path) -> None:
    folder = tmp_path / "folder with blanks"
    folder.mkdir()
    make = f"import sys; from pathlib import Path; from local_cloud.glue.class_archive import make, java_home; \
        print(make(Path(sys.argv[1]), java_home(), {cloud.endpoint!r}, 'us-east-1'))"
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    for made in (True, False):
        said = subprocess.run(
            [sys.executable, "-c", make, str(folder)], env={**os.environ, **credentials}, capture_output=True, text=True, check=True
        )
        assert said.stdout.split()[-1] == str(made), said.stdout
    option = class_archive.option(folder).strip('"')
    assert archived(option, PYSPARK) > 50
    with ZipFile(tmp_path / "another.jar", "w") as jar:
        jar.writestr("nothing", "")
    assert archived(option, tmp_path) == 0


def archived(option: str, jars: Path) -> int:
    """Return how many classes of its jars a Spark takes from the archive of the jobs."""
    path = f"{JARS}/*:{class_archive.NO_CONFIGURATION}/:{jars}/*:{PYSPARK}/*"
    command = [f"{java_home()}/bin/java", option, "-Xshare:auto", "-Xlog:class+load", "-cp", path, "org.apache.spark.deploy.SparkSubmit"]
    said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False).stdout
    return sum("shared objects file (top)" in line for line in said.splitlines() if "org.apache" in line)
