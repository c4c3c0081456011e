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
