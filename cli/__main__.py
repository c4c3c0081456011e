"""Runs one verb: the file in cli/ of that name, a hyphen of it written as an underscore."""

import sys
from collections.abc import Sequence
from importlib import import_module

import typer

from cli.common.console import err
from cli.common.errors import explained, kept

INTERRUPTED = 130  # as shells say it: 128 + SIGINT
UNEXPECTED = 70  # EX_SOFTWARE of sysexits.h: the verb is at fault, not its use


def main(arguments: Sequence[str]) -> int:
    """Run the verb that the first argument names and return its exit code."""
    verb, *rest = arguments
    try:
        verb_app(verb)(rest, prog_name=f"./lake {verb}")
    except SystemExit as end:  # how typer ends, well or not
        if end.code == INTERRUPTED:
            err.print("interrupted")
        return int(end.code or 0)
    except KeyboardInterrupt:  # while the verb's file was read: typer sees only what comes later
        err.print("interrupted")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where whatever goes wrong becomes a line and an exit code
        if text := explained(error):
            err.print(text, style="red", markup=False)
            return 1
        err.print(
            f"{verb} failed unexpectedly: {type(error).__name__}: {error}\n{kept(error)}",
            style="red",
            markup=False,
        )
        return UNEXPECTED
    return 0


def verb_app(verb: str) -> typer.Typer:
    """Return what a verb's file defines: its `app` where it has verbs below it, or one made of its `run`."""
    module = import_module(f"cli.{verb.replace('-', '_')}")
    if app := getattr(module, "app", None):
        assert isinstance(app, typer.Typer)
        return app
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(help=module.__doc__, context_settings=getattr(module, "CONTEXT", None))(module.run)
    return app


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
