"""Is this YAML a contract of the Open Data Contract Standard? Its own JSON schema answers.

https://bitol-io.github.io/open-data-contract-standard/
"""

import difflib
import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, cast

from jsonschema import Draft201909Validator
from jsonschema.exceptions import ValidationError

from contracts.document import Document, Location


def problems(document: Document) -> list[str]:
    """Return what the standard finds wrong, each with file and line."""
    errors = [inner for outer in _validator().iter_errors(document.data) for inner in _innermost(outer)]
    return sorted({document.problem(location, message) for error in errors for location, message in _told(error)})


def _innermost(error: ValidationError) -> Iterator[ValidationError]:
    if not error.context:
        yield error
    for inner in error.context or []:
        yield from _innermost(inner)


def _told(error: ValidationError) -> Iterator[tuple[Location, str]]:
    location = tuple(error.absolute_path)
    if error.validator not in ("additionalProperties", "unevaluatedProperties"):
        yield location, error.message
        return
    known, instance = _known_keys(error), cast(dict[str, Any], error.instance)
    for key in instance.keys() - known:
        near = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        yield (*location, key), f"unknown key {key!r}; {hint}known keys: {', '.join(sorted(known))}"


def _known_keys(error: ValidationError) -> set[str]:
    """Return the keys that the schema allows where `error` was found, through its references."""
    keys: set[str] = set()
    schemas: list[Any] = [error.schema]
    while schemas:
        schema = schemas.pop()
        keys.update(schema.get("properties", {}))
        schemas += [part for part in schema.get("allOf", []) if "if" not in part]
        if "$ref" in schema:
            schemas.append(_schema()["$defs"][schema["$ref"].rsplit("/", 1)[-1]])
    return keys


@cache
def _schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((resources.files("open_data_contract_standard") / "schema.json").read_text(encoding="utf-8"))
    return loaded


@cache
def _validator() -> Draft201909Validator:
    return Draft201909Validator(_schema())
