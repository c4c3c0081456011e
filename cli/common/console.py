"""What a verb shows while it works: on standard error, so that standard output is the answer alone."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

NO_TERMINAL_WIDTH = 240  # in a pipe or a file, tables are as wide as they are
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else NO_TERMINAL_WIDTH)
err = Console(stderr=True, soft_wrap=True, highlight=False)

Say = Callable[[str], None]


@contextmanager
def step(title: str) -> Iterator[Say]:
    """Show a step while it runs and its duration when it is done; call what is yielded to say how far it is.

    Without a terminal there is no spinner: one line when the step is done.
    """
    begin = time.monotonic()
    said: list[str] = []

    def say(text: str) -> None:
        said[:] = [text]
        status.update(f"{title}  [dim]{escape(text)}[/dim]")

    with err.status(title) as status:
        try:
            yield say
        except BaseException:
            err.print(f"  [red]✗[/red] {title}")
            raise
    last = f"  {said[0]}" if said and said[0] else ""
    err.print(f"  [green]✓[/green] {title:48} {time.monotonic() - begin:6.1f} s[dim]{escape(last)}[/dim]")
