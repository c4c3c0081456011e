from dataclasses import replace
from pathlib import Path

import pytest

from config.datasets import dataset_folders
from config.read import SettingsError
from config.settings import Settings, StorageSettings

SETTINGS = Settings(account="111111111111", region="eu-west-1", storage=StorageSettings(protected=False))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("datasets/flights", "datasets/weather", "company/datasets/flights", "vendor/datasets/orders"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "contract.yaml").touch()
    return tmp_path


def test_without_names_every_dataset_is_deployed_and_of_two_with_one_name_the_company_s(root: Path) -> None:
    assert dataset_folders(SETTINGS, root) == [root / "company" / "datasets" / "flights", root / "datasets" / "weather"]


def test_a_name_means_the_company_s_dataset_before_the_shipped_one_and_a_path_means_its_folder(root: Path) -> None:
    chosen = replace(SETTINGS, datasets=("flights", "weather", "vendor/datasets/orders"))
    assert dataset_folders(chosen, root) == [
        root / "company" / "datasets" / "flights",
        root / "datasets" / "weather",
        root / "vendor" / "datasets" / "orders",
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("boats", "datasets names boats, which has no folder in company/datasets or datasets; found: flights, weather"),
        ("vendor/boats", "datasets names the folder vendor/boats, which holds no contract.yaml; give it as it is seen from the top"),
    ],
)
def test_a_dataset_without_a_folder_or_a_folder_without_a_contract_is_told(root: Path, name: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        dataset_folders(replace(SETTINGS, datasets=(name,)), root)
