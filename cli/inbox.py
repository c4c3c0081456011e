"""Show what the topics of a lake on this machine were told: failures, alarms that begin and that are over."""

from typing import Annotated

import typer

from cli.common import inbox, local_cloud, tables
from cli.common.console import out
from cli.common.errors import UserError
from cli.common.options import Environment, Format
from config import read

LONGEST = 160  # characters of a text that a table shows


def run(
    last: Annotated[int, typer.Option(help="How many messages, the newest last.", min=1)] = 20,
    format: Annotated[Format, typer.Option(help="csv and json stand alone on standard output, and show texts whole.")] = Format.TABLE,
    env: Environment = "local",
) -> None:
    settings = read.settings(env)
    if not settings.is_local:
        raise UserError(f"{env} is on AWS, whose topics write to {', '.join(settings.notify) or 'nobody: `notify` is empty'}; look there")
    found = [*inbox.messages(local_cloud.place(env).home)][-last:]
    if not found and format is Format.TABLE:
        out.print("nobody was told of anything yet")
        return
    rows = [[one.at, one.topic, one.about, one.text if format is not Format.TABLE else cut(one.text)] for one in found]
    tables.write(["at", "topic", "about", "text"], rows, format)


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
