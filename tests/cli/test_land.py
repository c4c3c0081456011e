from pathlib import Path

import pytest

from cli.common.errors import UserError
from cli.common.session import Lake
from cli.land import check_files, land, object_name
from config import read


def test_a_missing_file_is_told_before_anything_is_landed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    with pytest.raises(UserError, match=r"gone\.csv: no such file"):
        check_files([tmp_path / "a.csv", tmp_path / "gone.csv"])


def test_a_folder_is_told_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a folder; name the files in it"):
        check_files([tmp_path])


def test_two_files_of_one_name_get_two_names_and_the_same_file_the_same(tmp_path: Path) -> None:
    for folder, content in {"x": "1", "y": "2", "z": "1"}.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv.gz").write_text(content)
    first, other, same = (object_name(tmp_path / folder / "a.csv.gz") for folder in "xyz")
    assert first == same != other
    assert (first[:2], first[-7:]) == ("a-", ".csv.gz")


def test_an_unknown_dataset_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UserError, match=r"no dataset 'fligths' in local; did you mean flights\?"):
        land(Lake("local", read.settings(read.ROOT / "config" / "local.yaml")), "fligths", [])


def test_files_for_a_product_are_refused() -> None:
    with pytest.raises(UserError, match="daily_punctuality is a product, made from other datasets"):
        land(Lake("local", read.settings(read.ROOT / "config" / "local.yaml")), "daily_punctuality", [])
