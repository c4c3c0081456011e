import json
import shutil
from pathlib import Path

import pytest

from cli import release
from cli.common.errors import UserError
from cli.common.paths import ROOT


@pytest.fixture
def airlines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "airlines"
    shutil.copytree(ROOT / "datasets" / "airlines", folder)
    monkeypatch.setattr(release, "dataset_folders", lambda _: [folder])
    return folder


def test_a_contract_is_released_once_and_says_which_file_to_commit(airlines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (airlines / "released.json").unlink()
    for _ in range(2):
        release.run()
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith("airlines 1.0.0 is released: commit ")
    assert told.endswith("airlines 1.0.0 is released already")
    assert json.loads((airlines / "released.json").read_text(encoding="utf-8"))["key"] == ["carrier"]


def test_an_unknown_dataset_is_told_with_those_there_are(airlines: Path) -> None:
    with pytest.raises(UserError, match="no dataset airlanes in local; datasets: airlines"):
        release.run(["airlanes"])
    assert airlines.is_dir()


def test_a_damaged_release_is_written_anew_and_said_to_be_compared_with_nothing(airlines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = airlines / "released.json"
    whole = path.read_bytes()
    for damaged in (b"<<<<<<< HEAD\n" + whole, b"{}", b"\xff"):
        path.write_bytes(damaged)
        release.run(["airlines"])
        assert path.read_bytes() == whole
        told = " ".join(capsys.readouterr().err.split())
        assert "released.json:1: not a release: " in told
        assert told.endswith("it is written anew, compared with nothing: look at git diff before you commit it")
    release.run()
    assert "is released already" in " ".join(capsys.readouterr().out.split())
