"""Where things are in a checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".lake"  # of the local lakes, one folder each
LOGS = STATE / "log"
PYTHON = ROOT / ".venv" / "bin" / "python"
PYTHON_LOCAL = ROOT / ".venv-local" / "bin" / "python"
CDK = ROOT / "node_modules" / ".bin" / "cdk"


def shown(path: Path) -> str:
    """Return a path as it is best read: from where the reader stands, if below."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the reader stands in a folder that was deleted
        return str(path)
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
