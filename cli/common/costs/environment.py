"""The bill of an environment: of this checkout, or of an earlier state of it."""

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

from cli.common import cdk
from cli.common.costs.bill import Bill
from cli.common.costs.counting import count, templates_in
from cli.common.costs.drivers import DRIVERS
from cli.common.costs.prices import Prices
from cli.common.costs.profile import Profile
from cli.common.errors import UserError
from cli.common.paths import ROOT
from config import read


def now(environment: str, profile: Profile, prices: Prices) -> Bill:
    """Return the bill of the templates that this checkout makes.

    Raises:
        SettingsError, UserError: with the problem that stopped the synth.
    """
    cdk.synth(environment)
    return count(templates_in(cdk.output(environment)), profile, prices, DRIVERS)


def at(ref: str, environment: str, profile: Profile, prices: Prices) -> Bill:
    """Return the bill of the templates that a commit makes, with the prices and the packages of now.

    Raises:
        UserError: git does not know the commit, or its synth failed.
    """
    settings = read.settings(environment)
    with tempfile.TemporaryDirectory(prefix="lake-cost-") as made:
        folder = Path(made)
        with tarfile.open(fileobj=io.BytesIO(archive(ref))) as files:
            files.extractall(folder / "checkout", filter="data")
        arguments = ["synth", "-c", f"env={cdk.named(environment)}", "--output", str(folder / "templates"), "--quiet", "--no-validation"]
        # this checkout's own package is installed; the commit's is to be read instead
        found = {"PYTHONPATH": str(folder / "checkout" / "constructs")}
        cdk.execute(f"cost-{Path(environment).stem}", arguments, settings, lambda text: None, folder=folder / "checkout", more=found)
        return count(templates_in(folder / "templates"), profile, prices, DRIVERS)


def archive(ref: str) -> bytes:
    """Return the files of a commit as tar.

    Raises:
        UserError: there is no such commit, or no git.
    """
    try:
        done = subprocess.run(["git", "archive", "--format=tar", ref], cwd=ROOT, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise UserError("--compare needs git, and there is none on PATH") from error
    if done.returncode:
        raise UserError(f"git knows no commit {ref!r}: {done.stderr.decode(errors='replace').strip()}; git log names some")
    return done.stdout
