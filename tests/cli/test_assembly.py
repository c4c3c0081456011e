import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.common import assembly, cdk
from config import read

pytestmark = pytest.mark.slow  # it runs the CDK command line

APP = "import json, os, pathlib; pathlib.Path(os.environ['CDK_OUTDIR'], 'manifest.json').write_text(json.dumps({}))"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "same-bytes.yaml"
    shutil.copyfile(read.ROOT / "config" / "dev.yaml", path)
    yield str(path)
    shutil.rmtree(cdk.output(str(path)), ignore_errors=True)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose app writes a manifest and nothing else."""
    monkeypatch.setattr(assembly, "ROOT", tmp_path)
    monkeypatch.setattr(assembly, "LOGS", tmp_path)
    monkeypatch.setattr(assembly, "ELSEWHERE", (tmp_path / "cdk.context.json",))
    project(tmp_path, {})
    return tmp_path


def project(checkout: Path, manifest: dict[str, object], **more: object) -> None:
    app = checkout / "app.py"
    app.write_text(APP.format(manifest), encoding="utf-8")
    (checkout / "cdk.json").write_text(json.dumps({"app": f"{sys.executable} {app}", "context": {}, **more}), encoding="utf-8")


def written(checkout: Path) -> bool:
    return assembly.written({}, checkout, os.environ)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_app_by_itself_writes_what_the_cdk_command_line_writes_and_nothing_elsewhere(
    environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    context, folder = {"env": environment}, cdk.output(environment)
    monkeypatch.setenv("TMPDIR", str(temporary))
    assert assembly.written(context, folder, cdk.variables(read.settings(environment), os.environ))
    assert list(temporary.iterdir()) == []
    alone = files(folder)
    shutil.rmtree(folder)
    cdk.run("synth", environment, read.settings(environment), ["--quiet", "--no-validation"])
    assert alone == files(folder)


def test_an_app_that_wrote_everything_needs_no_command_line(checkout: Path) -> None:
    assert written(checkout)


def test_what_has_to_be_looked_up_in_an_account_is_left_to_the_command_line(checkout: Path) -> None:
    project(checkout, {"missing": [{"key": "vpc"}]})
    assert not written(checkout)


def test_an_app_that_fails_is_told_by_the_command_line(checkout: Path) -> None:
    (checkout / "app.py").write_text("raise SystemExit('no')", encoding="utf-8")
    assert not written(checkout)


def test_settings_that_the_command_line_reads_are_left_to_it(checkout: Path) -> None:
    project(checkout, {}, versionReporting=False)
    assert not written(checkout)


def test_values_that_were_looked_up_before_are_left_to_the_command_line(checkout: Path) -> None:
    (checkout / "cdk.context.json").write_text("{}", encoding="utf-8")
    assert not written(checkout)
