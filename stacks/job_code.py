"""What a Glue job is given: its file, the shared code, its contract; the same input makes the same asset."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Stack
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from contracts.contract import Contract
from stacks.archive import ROOT, archive, place

SHARED = (
    "glue_jobs/__init__.py",
    "glue_jobs/common/*.py",
    "contracts/__init__.py",
    "contracts/asked.py",
    "contracts/contract.py",
    "contracts/pull.py",
    "contracts/released.py",
    "contracts/times.py",
    "contracts/zone.py",
)


@dataclass(frozen=True)
class CodeObject:
    """An asset as jobs name it: by URI in an argument, by ARN in a permission."""

    uri: str
    arn: str


class JobCode(Construct):
    """The two job files and the shared code, as assets."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self._arns = f"arn:{Stack.of(self).partition}:s3:::"
        self.shared = self._object("Shared", archive(SHARED))
        self._scripts: dict[str, CodeObject] = {}

    def script(self, contract: Contract) -> CodeObject:
        """Return the job file that refreshes a dataset of this kind."""
        name = "processed_to_consumer" if contract.is_product else "raw_to_processed"
        if name not in self._scripts:
            self._scripts[name] = self._object(name, ROOT / "glue_jobs" / f"{name}.py")
        return self._scripts[name]

    def contract(self, contract: Contract) -> CodeObject:
        """Return the contract as an asset of its own, so that editing it changes one job."""
        path = place(f"{contract.name}.json")
        path.write_text(contract.to_json(), encoding="utf-8")
        return self._object(contract.name, path)

    def _object(self, name: str, path: Path) -> CodeObject:
        # of an asset only its URI is asked for: each question is a message to the CDK's node process
        uri = Asset(self, name, path=str(path)).s3_object_url
        return CodeObject(uri, self._arns + uri.removeprefix("s3://"))
