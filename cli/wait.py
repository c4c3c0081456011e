"""Wait until nothing is requested or running; exit 1 with the cause if a refresh failed."""

import time
from collections.abc import Callable
from typing import Annotated

import typer

from cli.common import activity
from cli.common.activity import Activity
from cli.common.console import Say, err, step
from cli.common.datasets import contracts
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.session import Lake, connect

PAUSE_LOCAL, PAUSE_AWS = 0.5, 5.0  # seconds between looks
HAND_OVER = 30.0  # seconds: between taking a lease and starting its execution there is a moment without one


def run(
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.", min=0)] = 1800,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    with step("nothing is requested or running") as say:
        check_failed(wait(lake, timeout, say))
    err.print("every dataset is up to date; ./lake runs shows what was done")


def check_failed(failed: dict[str, str]) -> None:
    """Raise UserError for the datasets whose last refresh failed, with the causes."""
    if failed:
        raise UserError("\n".join(f"the refresh of {name} failed: {cause}" for name, cause in failed.items()))


def wait(lake: Lake, timeout: float, say: Say) -> dict[str, str]:
    """Return when the lake is quiet, with the datasets whose last refresh failed and the causes.

    Raises:
        UserError: it was not quiet in time, or a refresh that was requested will not run.
    """
    known = contracts(lake)
    pause = PAUSE_LOCAL if lake.settings.is_local else PAUSE_AWS
    return until_quiet(lambda: activity.look(lake, known), timeout, say, lambda: time.sleep(pause))


def until_quiet(
    look: Callable[[], Activity], timeout: float, say: Say, pause: Callable[[], None], clock: Callable[[], float] = time.monotonic
) -> dict[str, str]:
    """Look until nothing is busy; the ways to look, to pause and to tell the time are the caller's."""
    deadline = clock() + timeout
    stuck_since: float | None = None
    while (now := look()).busy or now.stuck:
        if now.busy:
            stuck_since = None
        elif stuck_since is None:
            stuck_since = clock()
        elif clock() - stuck_since > HAND_OVER:
            raise UserError("\n".join(f"{name} waits: {why}" for name, why in now.stuck.items()))
        doing = ", ".join(f"{name}: {what}" for name, what in {**now.busy, **now.stuck}.items())
        if clock() > deadline:
            raise UserError(f"not quiet after {timeout:g} s ({doing}); wait longer with --timeout, or see ./lake runs")
        say(doing)
        pause()
    say("")
    return now.failed
