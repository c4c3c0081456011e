"""Which dataset folders an environment deploys."""

from pathlib import Path

from config.read import ROOT, SettingsError
from config.settings import Settings

SHIPPED = "datasets"
FOLDERS = ("company/datasets", SHIPPED)  # the fork's own first
CONTRACT_FILE = "contract.yaml"


def dataset_folders(settings: Settings, root: Path = ROOT) -> list[Path]:
    """Return the folders of the datasets that `settings` names, or where it names none, of all there are.

    Of two with one name the fork's own is taken.

    Raises:
        SettingsError: a dataset without a folder.
    """
    known = {path.parent.name: path.parent for folder in reversed(FOLDERS) for path in (root / folder).glob(f"*/{CONTRACT_FILE}")}
    if settings.datasets is None:
        return [known[name] for name in sorted(known)]
    if unknown := [name for name in settings.datasets if name not in known]:
        raise SettingsError(
            [f"datasets names {name}, which has no folder in {' or '.join(FOLDERS)}; found: {', '.join(sorted(known))}" for name in unknown]
        )
    return [known[name] for name in settings.datasets]
