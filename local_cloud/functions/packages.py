"""What a function may import: its own code, its layers, and what Lambda's Python brings along."""

import io
import shutil
import threading
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from local_cloud.functions.function import Function

RUNTIME = ("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3")
"""Distributions in Lambda's Python besides the standard library."""
POWERTOOLS = ("aws-lambda-powertools", "jmespath", "typing-extensions")


class Packages:
    """Folders from which functions import, made when they are first needed.

    Lambda has nothing but these; a function that imports more would work here and fail in the account.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier run, whose packages may have changed
        folder.mkdir(parents=True)

    def path(self, function: Function) -> list[str]:
        """Return where a function imports from, its own code first."""
        with self._lock:
            layer = [self._links("layer", POWERTOOLS)] if function.has_powertools else []
            return [str(folder) for folder in (self._code(function), *layer, self._links("runtime", RUNTIME))]

    def _code(self, function: Function) -> Path:
        folder = self._folder / function.digest
        if not folder.exists():
            made = folder.with_suffix(".part")
            shutil.rmtree(made, ignore_errors=True)
            with zipfile.ZipFile(io.BytesIO(function.package)) as package:
                package.extractall(made)
            made.rename(folder)
        return folder

    def _links(self, name: str, distributions: tuple[str, ...]) -> Path:
        folder = self._folder / name
        if not folder.exists():
            folder.mkdir()
            for distribution_name in distributions:
                found = distribution(distribution_name)
                for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
                    (folder / top).symlink_to(Path(str(found.locate_file(top))))
        return folder
