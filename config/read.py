"""Settings from YAML, every problem with its file and line."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from config.settings import Settings
from contracts.document import ContractError, Document, Location, load

ROOT = Path(__file__).parents[1]
FOLDERS = ("company/config", "config")  # the fork's own first
EXPECTED = {  # pydantic's type of error -> what is allowed, in the words of whoever writes YAML
    "string_type": "expected a text; put it in quotes",
    "int_type": "expected a whole number, without quotes",
    "bool_type": "expected true or false, without quotes",
    "dict_type": "expected a mapping of keys to values",
    "dataclass_type": "expected a mapping of keys to values",
    "tuple_type": "expected a list, as [a, b]",
}


class SettingsError(Exception):
    """An environment's settings cannot be used; the text has a line for each problem, with file and line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def settings(environment: str | Path, root: Path = ROOT) -> Settings:
    """Return the settings of an environment.

    Args:
        environment: its name, as `dev` for dev.yaml in company/config/ or config/, or the path of a .yaml file.
        root: the checkout.

    Raises:
        SettingsError: no such environment, or with every problem of its file.
    """
    path = _path(environment, root)
    try:
        document = load(path)
    except ContractError as error:
        raise SettingsError(error.problems) from error
    try:
        return TypeAdapter(Settings).validate_python(document.data)
    except ValidationError as error:
        problems = {_problem(document, detail) for detail in error.errors()}
        raise SettingsError(sorted(problems, key=lambda problem: int(problem.removeprefix(f"{path}:").split(":")[0]))) from error


def environments(root: Path = ROOT) -> dict[str, Path]:
    """Return the file of each environment by its name."""
    found = {path.stem: _shown(path) for folder in reversed(FOLDERS) for path in (root / folder).glob("*.yaml")}
    return dict(sorted(found.items()))


def _shown(path: Path) -> Path:
    """Return the path as it is best read in a message: from where the reader stands, if below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _path(environment: str | Path, root: Path) -> Path:
    if str(environment).endswith((".yaml", ".yml")):
        path = Path(environment)
        if not path.is_file():
            raise SettingsError([f"{path}: no such file"])
        return path
    known = environments(root)
    if str(environment) not in known:
        places = " or ".join(f"{folder}/{environment}.yaml" for folder in FOLDERS)
        raise SettingsError([f"no environment {str(environment)!r}, expected one of {', '.join(known)}; write {places} for a new one"])
    return known[str(environment)]


def _problem(document: Document, error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    location: Location = tuple(context["key"].split(".")) if "key" in context else _keys(error["loc"], document.data)
    name = ".".join(map(str, location))
    if error["type"] == "unexpected_keyword_argument":
        return document.problem(location, f"{name} is no setting; {_known(location)}")
    if error["type"] == "missing":
        return document.problem(location, f"{name} is missing; no default can be right for it")
    expected = EXPECTED.get(error["type"], error["msg"].replace("Input should be", "expected"))
    if "key" in context:
        return document.problem(location, f"{name} {expected}")
    return document.problem(location, f"{name} is {error['input']!r}, {expected}")


def _keys(location: Location, data: Any) -> Location:
    """Leave out of pydantic's location what is no key of the file, such as the branch of a union."""
    keys: list[str | int] = []
    for part in location:
        if isinstance(data, Mapping):
            keys, data = [*keys, part], data.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            keys, data = [*keys, part], data[part]
    return tuple(keys)


def _known(location: Location) -> str:
    kind: Any = Settings
    for part in location[:-1]:
        kind = next(field.type for field in fields(kind) if field.name == part)
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else []
    near = difflib.get_close_matches(str(location[-1]), names, 1)
    return f"did you mean {near[0]}?" if near else f"expected one of {', '.join(names)}"
