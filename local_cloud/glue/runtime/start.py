"""Run a Glue script as its own main program: `python start.py SCRIPT ARGUMENT...`.

It adds two things that the script does not notice: the process group ends when the local cloud does, and what the script failed of is written
to the file that GLUE_FAILURE names.
"""

import os
import runpy
import signal
import sys
import threading
from pathlib import Path

LINES_OF_A_MESSAGE = 4


def main() -> None:
    """Run the script and end as it ends."""
    threading.Thread(target=_end_with_the_local_cloud, daemon=True).start()
    del sys.argv[0]
    script = sys.argv[0]
    sys.path[0] = str(Path(script).parent)
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            _record(f"SystemExit: {leaving.code}")
        raise
    except BaseException as error:
        _record(summary(error))
        raise


def summary(error: BaseException) -> str:
    """Return what happened in a few lines: of an error of the JVM the first line and its last cause, without the stack."""
    lines = [line.strip() for line in f"{type(error).__name__}: {error}".splitlines()]
    told = [line for line in lines if line and not line.startswith(("at ", "...")) and not line.endswith(" more")]
    causes = [line for line in told if line.startswith("Caused by:")]
    first = [line for line in told if not line.startswith("Caused by:")][:LINES_OF_A_MESSAGE]
    return "\n".join([*first, *causes[-1:]])


def _end_with_the_local_cloud() -> None:
    # Nothing is ever written to it: to read from it is to wait until the other end is closed.
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def _record(failure: str) -> None:
    Path(os.environ["GLUE_FAILURE"]).write_text(failure)


if __name__ == "__main__":
    main()
