"""What a Glue job is given: its file, the shared code, its contract; the same input makes the same asset."""

from pathlib import Path
from tempfile import mkdtemp

from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from contracts.contract import Contract
from stacks.archive import ROOT, archive

SHARED = (
    "glue_jobs/__init__.py",
    "glue_jobs/common/*.py",
    "contracts/__init__.py",
    "contracts/contract.py",
    "contracts/pull.py",
    "contracts/zone.py",
)


class JobCode(Construct):
    """The two job files and the shared code, as assets."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.shared = Asset(self, "Shared", path=str(archive(SHARED)))
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
