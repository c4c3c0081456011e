"""Which dataset folders an environment deploys."""

from collections.abc import Mapping
from pathlib import Path

from config.read import ROOT, SettingsError
from config.settings import Settings

SHIPPED = "datasets"
FOLDERS = ("company/datasets", SHIPPED)  # the fork's own first
CONTRACT_FILE = "contract.yaml"


def dataset_folders(settings: Settings, root: Path = ROOT) -> list[Path]:
    """Return the folders of the datasets that `settings` names, or where it names none, of all there are.

    Of two with one name the fork's own is taken.

    A name with a slash is a folder somewhere else, as seen from `root`.

    Raises:
        SettingsError: a dataset without a folder, or a folder without a contract.
    """
    known = {path.parent.name: path.parent for folder in reversed(FOLDERS) for path in (root / folder).glob(f"*/{CONTRACT_FILE}")}
    if settings.datasets is None:
        return [known[name] for name in sorted(known)]
    chosen = {name: root / name if "/" in name else known.get(name) for name in settings.datasets}
    if problems := [_problem(name, known) for name, folder in chosen.items() if not folder or not (folder / CONTRACT_FILE).is_file()]:
        raise SettingsError(problems)
    return [folder for folder in chosen.values() if folder]


def _problem(name: str, known: Mapping[str, Path]) -> str:
    if "/" in name:
        return f"datasets names the folder {name}, which holds no {CONTRACT_FILE}; give it as it is seen from the top of the checkout"
    return f"datasets names {name}, which has no folder in {' or '.join(FOLDERS)}; found: {', '.join(sorted(known))}"
