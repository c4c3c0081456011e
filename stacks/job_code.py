"""What a Glue job is given: its file, the shared code, its contract; the same input makes the same asset."""

import zipfile
from pathlib import Path
from tempfile import mkdtemp

from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from contracts.contract import Contract

ROOT = Path(__file__).parents[1]
SHARED = (
    "glue_jobs/__init__.py",
    "glue_jobs/common/*.py",
    "contracts/__init__.py",
    "contracts/contract.py",
    "contracts/pull.py",
    "contracts/zone.py",
)
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell


class JobCode(Construct):
    """The two job files and the shared code, as assets."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.shared = Asset(self, "Shared", path=str(_archive(SHARED)))
        self._scripts: dict[str, Asset] = {}

    def script(self, contract: Contract) -> Asset:
        """Return the job file that refreshes a dataset of this kind."""
        name = "processed_to_consumer" if contract.is_product else "raw_to_processed"
        if name not in self._scripts:
            self._scripts[name] = Asset(self, name, path=str(ROOT / "glue_jobs" / f"{name}.py"))
        return self._scripts[name]

    def contract(self, contract: Contract) -> Asset:
        """Return the contract as an asset of its own, so that editing it changes one job."""
        path = Path(mkdtemp()) / f"{contract.name}.json"
        path.write_text(contract.to_json(), encoding="utf-8")
        return Asset(self, contract.name, path=str(path))


def _archive(patterns: tuple[str, ...]) -> Path:
    path = Path(mkdtemp()) / "shared.zip"
    files = sorted({file for pattern in patterns for file in ROOT.glob(pattern)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(str(file.relative_to(ROOT)), EARLIEST), file.read_bytes())
    return path
