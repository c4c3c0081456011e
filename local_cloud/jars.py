"""Fetch Spark's connectors once, and check them: `python -m local_cloud.jars`, in the environment that has PySpark.

PySpark contains Ivy, and Ivy knows where to look, so no address stands here. `--ivy-settings` points it at a company's mirror.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from local_cloud.java import NoJavaError, java_home
from local_cloud.truststore import java_options, write_truststore

FOLDER = Path(__file__).parents[1] / ".cache" / "jars"
_MANIFEST = Path(__file__).with_name("jars.toml")
_UNTRUSTED = "PKIX path building failed"


class FetchError(Exception):
    """The connectors could not be had, or are not what they should be."""


@dataclass(frozen=True)
class Manifest:
    """What is fetched.

    Attributes:
        coordinates: group:artifact:version of each wanted library.
        exclusions: group:artifact of what they would bring along.
        sha256: file name -> checksum of every jar that results.
    """

    coordinates: tuple[str, ...]
    exclusions: tuple[str, ...]
    sha256: dict[str, str]

    @classmethod
    def read(cls, path: Path = _MANIFEST) -> "Manifest":
        """Return what the file says."""
        content = tomllib.loads(path.read_text())
        return cls(tuple(content["coordinates"]), tuple(content["exclusions"]), content["sha256"])


def ensure(folder: Path, manifest: Manifest, ivy_settings: Path | None = None) -> bool:
    """Make `folder` hold the jars of `manifest`; return whether they had to be fetched.

    Raises:
        FetchError: they cannot be resolved, or a checksum differs; what was in `folder` is still there.
    """
    if not _problems(folder, manifest):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        found = _resolve(Path(work), manifest, ivy_settings)
        problems = _problems(found, manifest)
        if problems:
            raise FetchError("; ".join(problems))
        shutil.rmtree(folder, ignore_errors=True)
        found.rename(folder)
    return True


def _problems(folder: Path, manifest: Manifest) -> list[str]:
    found = {path.name: path for path in folder.glob("*.jar")}
    missing = [f"{name} is missing" for name in manifest.sha256 if name not in found]
    unknown = sorted(found.keys() - manifest.sha256.keys())
    surplus = [f"{name} is not in {_MANIFEST.name}, its sha256 is {_sha256(found[name])}" for name in unknown]
    different = [
        f"{name} has sha256 {actual}, expected {expected}"
        for name, expected in manifest.sha256.items()
        if name in found and (actual := _sha256(found[name])) != expected
    ]
    return missing + surplus + different


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _resolve(work: Path, manifest: Manifest, ivy_settings: Path | None) -> Path:
    log = _run_ivy(work, manifest, ivy_settings, "")
    if log and _UNTRUSTED in log:
        truststore = work / "truststore.jks"
        write_truststore(truststore)
        log = _run_ivy(work, manifest, ivy_settings, java_options(truststore))
    if log and _UNTRUSTED in log:
        raise FetchError("neither Java nor Python trusts the certificate they met; set SSL_CERT_FILE to your company's certificates")
    if log is not None:
        raise FetchError(f"Ivy could not resolve the connectors: {_reason(log)}")
    return work / "ivy" / "jars"


def _run_ivy(work: Path, manifest: Manifest, ivy_settings: Path | None, options: str) -> str | None:
    """Start the JVM gateway of PySpark, which resolves packages before anything else; return the log where that failed."""
    arguments = [
        *("--conf", f"spark.jars.ivy={work / 'ivy'}"),
        *(("--conf", f"spark.jars.ivySettings={ivy_settings}") if ivy_settings else ()),
        *("--packages", ",".join(manifest.coordinates), "--exclude-packages", ",".join(manifest.exclusions)),
        "pyspark-shell",
    ]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SPARK_")},
        "JAVA_HOME": str(java_home()),
        "PYSPARK_SUBMIT_ARGS": " ".join(arguments),
        "SPARK_SUBMIT_OPTS": options,
    }
    gateway = "from pyspark.java_gateway import launch_gateway; launch_gateway().shutdown()"
    done = subprocess.run([sys.executable, "-c", gateway], env=environment, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stdout + done.stderr


def _reason(log: str) -> str:
    signs = ("unresolved dependency", "Server access error", "Exception")
    telling = [line.strip() for line in log.splitlines() if any(sign in line for sign in signs)]
    return telling[0] if telling else (log.strip().splitlines() or ["it said nothing"])[-1]


def main() -> None:
    """Fetch what is missing and say what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=FOLDER, metavar="DIR", help="folder of the jars (default: %(default)s)")
    parser.add_argument("--ivy-settings", type=Path, metavar="FILE", help="settings of Ivy, for a company's mirror")
    options = parser.parse_args()
    manifest, started = Manifest.read(), time.monotonic()
    try:
        fetched = ensure(options.cache.resolve(), manifest, options.ivy_settings)
    except (FetchError, NoJavaError) as error:
        sys.exit(f"Spark's connectors: {error}")
    done = "fetched and checked" if fetched else "present and checked"
    print(f"Spark's connectors: {len(manifest.sha256)} jars {done} in {time.monotonic() - started:.1f} s, {options.cache}")


if __name__ == "__main__":
    main()
