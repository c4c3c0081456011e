"""One synth per environment for the whole run; tests read the templates as plain dictionaries."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aws_cdk import App

from app import lake
from config.datasets import CONTRACT_FILE, SHIPPED, dataset_folders
from config.read import settings
from contracts.read import read

ROOT = Path(__file__).parents[2]
Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """What one synth wrote.

    Attributes:
        templates: construct id of a stack -> its template.
        acknowledged: (construct path, id) of each acknowledged finding.
        report: cdk-nag's report.
    """

    folder: Path
    templates: dict[str, dict[str, Any]]
    acknowledged: frozenset[tuple[str, str]]
    report: dict[str, Any]

    def resources(self, *types: str) -> dict[tuple[str, str], Resource]:
        """Return the resources of some types by stack and logical id; of all types where none is named."""
        return {
            (stack, name): resource
            for stack, template in self.templates.items()
            for name, resource in template["Resources"].items()
            if not types or resource["Type"] in types
        }


def shipped(environment: str) -> Path:
    """Return the settings file that came with the checkout, whatever a company has under that name."""
    return ROOT / "config" / f"{environment}.yaml"


def synthesise(environment: str | Path, folder: Path, root: Path = ROOT, *, validated: bool = False) -> Assembly:
    """Synthesise the app for an environment, with the feature flags of cdk.json; CDK's own validation takes some seconds more."""
    context = json.loads((root / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(outdir=str(folder), context=context, builtin_cloud_formation_validation=validated)
    chosen = settings(environment, root)
    if chosen.datasets is None:  # a fork's own datasets are no part of what the snapshots show
        chosen = replace(chosen, datasets=tuple(sorted(path.parent.name for path in (root / SHIPPED).glob(f"*/{CONTRACT_FILE}"))))
    lake(app, chosen, read(dataset_folders(chosen, root)))
    app.synth()
    return loaded(folder)


def loaded(folder: Path) -> Assembly:
    """Read back what a synth wrote."""
    templates = {path.name.split(".")[0]: json.loads(path.read_text()) for path in sorted(folder.glob("*.template.json"))}
    metadata = [json.loads(path.read_text()) for path in folder.glob("*.metadata.json")]
    acknowledged = frozenset(
        (path.strip("/"), finding)
        for constructs in metadata
        for path, entries in constructs.items()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for finding in entry["data"]
    )
    report = json.loads((folder / "validation-report.json").read_text())
    return Assembly(folder, templates, acknowledged, report)
