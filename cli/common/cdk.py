"""The CDK command line, run for one environment."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from cli.common.assembly import written
from cli.common.commands import ONLY_AWS, tools_path
from cli.common.errors import UserError
from cli.common.paths import CDK, LOGS, ROOT, STATE, shown
from config import read
from config.settings import Settings

CONCURRENCY = "8"  # stacks at a time, as far as they do not depend on each other
CALM = {"CI": "1", "JSII_DEPRECATED": "quiet", "AWS_EC2_METADATA_DISABLED": "true", "FORCE_COLOR": "0"}

Line = Callable[[str], None]


def output(environment: str) -> Path:
    """Return where an environment's templates are written."""
    return ROOT / "cdk.out" / Path(environment).stem


class Checks(StrEnum):
    """What a synth checks the templates by."""

    NONE = "none"
    RULES = "rules"  # cdk-nag and our own
    ALL = "all"  # CDK's own validation too


def synth(environment: str, checks: Checks = Checks.RULES) -> list[str]:
    """Write an environment's templates and return the names of its stacks.

    Raises:
        SettingsError, UserError: with the problem that stopped it.
    """
    settings = read.settings(environment)
    unchecked = {"unchecked": "true"} if checks is Checks.NONE else {}
    alone = checks is not Checks.ALL and written(
        {"env": named(environment)} | unchecked, output(environment), variables(settings, os.environ)
    )
    if not alone:
        context = [option for name, value in unchecked.items() for option in ("-c", f"{name}={value}")]
        run("synth", environment, settings, ["--quiet", *context, *([] if checks is Checks.ALL else ["--no-validation"])])
    return stacks(environment)


def stacks(environment: str) -> list[str]:
    """Return the names of the stacks in an environment's templates as last written."""
    manifest = json.loads((output(environment) / "manifest.json").read_text(encoding="utf-8"))
    found = [artifact for artifact in manifest["artifacts"].values() if artifact["type"] == "aws:cloudformation:stack"]
    return [artifact["properties"].get("stackName", artifact.get("displayName")) for artifact in found]


def destroy(environment: str, settings: Settings, names: Sequence[str], line: Line) -> None:
    """Run `cdk destroy` for some stacks of an environment's templates as last written, and for no other.

    Args:
        names: of the stacks, as CloudFormation knows them.

    Raises:
        UserError: as `execute`.
    """
    manifest = json.loads((output(environment) / "manifest.json").read_text(encoding="utf-8"))
    ids = [
        key
        for key, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack" and artifact["properties"].get("stackName", key) in names
    ]
    assembled("destroy", environment, settings, ["--force", "--exclusively", "--concurrency", CONCURRENCY, *ids], line)


def assembled(verb: str, environment: str, settings: Settings, options: Sequence[str], line: Line) -> None:
    """Run `cdk VERB` on an environment's templates as last written, without running the app.

    Raises:
        UserError: as `execute`.
    """
    execute(f"{verb}-{Path(environment).stem}", [verb, "--app", str(output(environment)), *options], settings, line)


def run(verb: str, environment: str, settings: Settings, options: Sequence[str], line: Line = lambda text: None) -> None:
    """Run `cdk VERB` on the app for an environment.

    Args:
        options: after the verb.
        line: gets each line as it comes.

    Raises:
        UserError: as `execute`.
    """
    context = ["-c", f"env={named(environment)}", "--output", str(output(environment))]
    execute(f"{verb}-{Path(environment).stem}", [verb, *context, *options], settings, line)


def named(environment: str) -> str:
    """Return an environment as the app is told: it runs in the checkout, whoever gives a path may stand elsewhere."""
    return str(Path(environment).absolute()) if environment.endswith((".yaml", ".yml")) else environment


def bootstrap(environment: str, settings: Settings, line: Line) -> None:
    """Run `cdk bootstrap` for an environment's account and region.

    Raises:
        UserError: as `execute`.
    """
    arguments = ["bootstrap", f"aws://{settings.account}/{settings.region}"]
    # away from cdk.json, since the app says nothing that matters here and takes seconds to run
    execute(f"bootstrap-{Path(environment).stem}", arguments, settings, line, folder=STATE)


def execute(
    name: str,
    arguments: Sequence[str],
    settings: Settings,
    line: Line,
    folder: Path = ROOT,
    more: Mapping[str, str] | None = None,
) -> None:
    """Run the CDK command line; all it says goes to a file too.

    Args:
        name: the file's.
        line: gets each line as it comes.
        more: variables of its environment beside the usual ones.

    Raises:
        UserError: it failed; with its own last words and the file that has all.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"cdk-{name}.log"
    command = [str(CDK), *arguments, "--no-notices"]
    said: list[str] = []
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**variables(settings, os.environ), **(more or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        for text in process.stdout:
            file.write(text)
            said.append(text.rstrip())
            line(said[-1])
    if process.returncode:
        raise UserError(f"cdk {arguments[0]} failed:\n{last_words(said)}\nAll it said: {shown(log)}")


def variables(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a CDK command: for the local cloud one that cannot reach AWS."""
    common = {**inherited, **CALM, "PATH": tools_path()}
    if settings.endpoint_url is None:
        return common
    local = {
        "AWS_ENDPOINT_URL": settings.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": settings.region,
        "NO_PROXY": "127.0.0.1,localhost",
    }
    return {name: value for name, value in common.items() if name not in ONLY_AWS and "_PROXY" not in name.upper()} | local


def last_words(said: Sequence[str]) -> str:
    """Return the lines that say why: those that name an error, or the last ones."""
    kept = [text for text in said if text.strip()]
    errors = [text for text in kept if re.search(r"\berror\b|❌|failed|Error:", text, re.IGNORECASE)]
    return "\n".join((errors or kept)[-8:])
