"""The app run by itself, as the CDK command line runs it, which takes a second and more to start.

What is written is the same, byte for byte. What the command line alone can do or say is left to it.
"""

import json
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.common.paths import LOGS, ROOT

# what the command line puts into the context where nothing says otherwise
DEFAULTS = {
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:version-reporting": True,
    "aws:cdk:bundling-stacks": ["**"],
}
# where else it looks for settings and for what was looked up in an account
ELSEWHERE = (Path.home() / ".cdk.json", ROOT / "cdk.context.json")


def written(context: Mapping[str, Any], folder: Path, variables: Mapping[str, str]) -> bool:
    """Run the app without CDK's own validation; return whether all is written, and nothing is left for the command line.

    False means that the app failed, which the command line tells better, or that something is set or asked for that needs it.

    Args:
        context: beside that of cdk.json.
        folder: where the templates are written.
        variables: the environment of the app.
    """
    project = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))
    if set(project) != {"app", "context"} or any(path.exists() for path in ELSEWHERE):
        return False
    given = {
        "CDK_CONTEXT_JSON": json.dumps({**project["context"], **DEFAULTS, **context}),
        "CDK_OUTDIR": str(folder),
        "CDK_VALIDATION": "false",
    }
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"app-{folder.name}.log").open("wb") as log:
        done = subprocess.run(
            shlex.split(project["app"]), cwd=ROOT, env={**variables, **given}, stdout=log, stderr=subprocess.STDOUT, check=False
        )
    return done.returncode == 0 and "missing" not in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
