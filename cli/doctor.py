"""Look for what would make a deploy fail or lock the lake out, and say what to do about each; exit 1 on an error."""

from collections.abc import Callable, Iterator

import typer
from botocore.exceptions import BotoCoreError, ClientError

from cli.common import cdk, clashes, stacks
from cli.common.console import out, step
from cli.common.errors import UNREACHED, UserError, explained, kept
from cli.common.options import Environment
from cli.common.preflight import lake_formation as formation
from cli.common.preflight import quotas, regions
from cli.common.preflight.finding import Finding, Level
from cli.common.session import Lake, connect
from config import read
from config.settings import Settings

NEEDS = ["node"]
DEFAULT_QUALIFIER = "hnb659fds"  # CDK's own
OLDEST_BOOTSTRAP = 8  # what the templates ask for: CDK's lookup role came with it
STYLES = {Level.OK: "green", Level.NOTE: "yellow", Level.ERROR: "red"}


def run(env: Environment = "local") -> None:
    settings = read.settings(env)
    findings = list(placeholders(settings, env))
    try:
        lake = connect(env)
    except (UserError, BotoCoreError, ClientError) as error:
        text = explained(error) or f"{type(error).__name__}: {error}. {kept(error)}"
        show([*findings, Finding(Level.ERROR, text, "nothing of the account was looked at; come back then")])
        raise typer.Exit(1) from error
    findings.append(Finding(Level.OK, f"the credentials are of account {settings.account}"))
    with step(f"templates of {env}"):
        cdk.synth(env, cdk.Checks.NONE)
    with step(f"account {settings.account} looked at"):
        for look in (bootstrap, region, room, lake_formation, names):
            findings += asked(lake, look)
    show(findings)
    if any(finding.level is Level.ERROR for finding in findings):
        raise typer.Exit(1)


def show(findings: list[Finding]) -> None:
    for finding in findings:
        out.print(f"{finding.level.value:6}", style=STYLES[finding.level], end="")
        out.print(finding.what, markup=False)
        if finding.todo:
            out.print(f"      -> {finding.todo}", markup=False)


def asked(lake: Lake, look: Callable[[Lake], Iterator[Finding]]) -> list[Finding]:
    """Return what a look found, and what ended it early: credentials that may not look, or a service that was not reached."""
    found: list[Finding] = []
    try:
        for finding in look(lake):
            found.append(finding)  # noqa: PERF402 - what was found before an error stays
    except (ClientError, BotoCoreError) as error:
        found.append(ended(look.__name__.replace("_", " "), error))
    return found


def ended(what: str, error: ClientError | BotoCoreError) -> Finding:
    """Return that something was not looked at to its end."""
    if isinstance(error, ClientError):
        return Finding(Level.NOTE, f"{what} not looked at: {explained(error)}", "ask somebody who may")
    if text := explained(error):
        way = "the deploy needs that address too: look whether the region's name is right and has the service, and whether a proxy is in the way"
        return Finding(Level.ERROR, f"{what} not looked at: {text}", way if isinstance(error, UNREACHED) else "then look again")
    return Finding(Level.ERROR, f"{what} not looked at, a defect: {type(error).__name__}: {error}", kept(error))


def placeholders(settings: Settings, environment: str) -> Iterator[Finding]:
    """Yield what still stands as it was shipped."""
    where = f"write your own into company/config/{environment}.yaml"
    if not settings.is_local and len(set(settings.account)) == 1:
        yield Finding(Level.ERROR, f"account is {settings.account}, a placeholder", where)
    for address in (*settings.notify, *settings.notify_each):
        if address.rpartition("@")[2].rpartition(".")[0].endswith("example") or address.endswith(".example"):
            yield Finding(Level.ERROR, f"notify has {address}, a placeholder: nobody would be told of a failure", where)


def bootstrap(lake: Lake) -> Iterator[Finding]:
    """Is CDK's bootstrap there, and as new as the templates want it?"""
    qualifier = lake.settings.bootstrap_qualifier or DEFAULT_QUALIFIER
    place = f"aws://{lake.settings.account}/{lake.settings.region}"
    command = f"npx cdk bootstrap{'' if qualifier == DEFAULT_QUALIFIER else f' --qualifier {qualifier}'} {place}"
    try:
        version = int(lake.ssm.get_parameter(Name=f"/cdk-bootstrap/{qualifier}/version")["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        if lake.settings.bootstrap_qualifier:
            yield Finding(Level.ERROR, f"{place} has no CDK bootstrap with qualifier {qualifier}", command)
        else:
            yield Finding(Level.NOTE, f"{place} has no CDK bootstrap yet", "nothing: ./lake deploy does it")
        return
    if version < OLDEST_BOOTSTRAP:
        yield Finding(Level.ERROR, f"CDK bootstrap is version {version}, the templates want {OLDEST_BOOTSTRAP} or later", command)
    else:
        yield Finding(Level.OK, f"CDK bootstrap is version {version}")


def lake_formation(lake: Lake) -> Iterator[Finding]:
    """Would Lake Formation close what IAM opens?"""
    yield from formation.look(lake, cdk.stacks(lake.environment))


def region(lake: Lake) -> Iterator[Finding]:
    """Does the region have what the templates use?"""
    yield from regions.look(lake, templates(lake))


def room(lake: Lake) -> Iterator[Finding]:
    """Is there room in the account's quotas for what the templates make?"""
    yield from quotas.look(lake, templates(lake))


def templates(lake: Lake) -> clashes.Templates:
    """Return the environment's templates as last written."""
    return clashes.wanted(cdk.output(lake.environment), cdk.stacks(lake.environment))


def names(lake: Lake) -> Iterator[Finding]:
    """Is a name that a stack wants taken by something that is no stack's of ours?"""
    wanted = templates(lake)
    ours = set(wanted) & set(stacks.deployed(lake))
    taken, unknown = clashes.taken(lake, wanted, clashes.own(lake, ours))
    for kind, error in sorted(unknown.items()):
        yield ended(f"names of {kind}", error)
    for kind, name in taken:
        yield Finding(
            Level.ERROR,
            f"{kind} {name} is there already and belongs to no stack of {lake.environment}",
            f"delete it, or write another name than {lake.settings.name} into the environment's YAML",
        )
    looked_for = [kind for kind, _ in clashes.named(wanted) if kind not in unknown]
    if not taken and looked_for:
        yield Finding(Level.OK, f"no name of {len(looked_for)} is taken by something else")
