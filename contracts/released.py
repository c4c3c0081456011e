"""What a dataset promised when it was last released, and what a change of its contract breaks of that.

The promise stands beside the contract as `released.json`, written by `./lake release`. Readers hold on to columns, types and key, producers to
what a record has to have and how it is written.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts.contract import Column, Contract, Source

FILE = "released.json"
WIDER = {"int": ("bigint",), "float": ("double",), "tinyint": ("smallint", "int", "bigint"), "smallint": ("int", "bigint")}
"""What Iceberg widens in place, with the two that it keeps as int."""
DECIMAL = re.compile(r"decimal\((\d+), ?(\d+)\)")
VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
TEXT, MAYBE_TEXT, FLAG, NAMES, MAYBE_NAMES = "a text", "a text or null", "true or false", "a list of texts", "a list of texts or null"
SHAPES = {
    "": {"version": TEXT, "zone": TEXT, "load": MAYBE_TEXT, "key": NAMES},
    "columns": {"type": TEXT, "required": FLAG, "field": MAYBE_TEXT},
    "sources": {
        "location": TEXT, "format": TEXT, "delimiter": TEXT, "header": FLAG, "nullValue": MAYBE_TEXT, "multiline": FLAG, "fields": MAYBE_NAMES
    },
}  # fmt: skip
"""What a release holds, and what each of its columns and sources does."""


class ReleaseError(Exception):
    """A `released.json` that is none; the text has file and line, and what to do."""


def is_wider(old: str, new: str) -> bool:
    """Whether every value of one type is the same value of another that a table can have in its place."""
    before, after = DECIMAL.fullmatch(old), DECIMAL.fullmatch(new)
    if before and after:
        return before[2] == after[2] and int(before[1]) < int(after[1])
    return new in WIDER.get(old, ())


def promise(contract: Contract) -> dict[str, Any]:
    """Return what others hold on to."""
    return {
        "version": contract.version,
        "zone": contract.zone.value,
        "load": contract.load and contract.load.value,
        "key": list(contract.key),
        "columns": {column.name: _of_column(column) for column in contract.columns},
        "sources": {name: _of_source(source) for name, source in (("files", contract.source), ("stream", contract.stream)) if source},
    }


def to_text(contract: Contract) -> str:
    """Return what `released.json` holds."""
    return json.dumps(promise(contract), indent=1) + "\n"


def read(path: Path) -> dict[str, Any]:
    """Return what was promised.

    Raises:
        ReleaseError: the file holds something else, as after a merge that was left undone.
    """
    line, wrong = 1, None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        line, wrong = error.lineno, f"not JSON: {error.msg}"
    except UnicodeDecodeError:
        wrong = "not UTF-8"
    else:
        wrong = next(_misshapen(found), None)
    if wrong:
        raise ReleaseError(f"{path}:{line}: not a release: {wrong}; take one side of the merge, or delete it and run ./lake release")
    return dict(found)


def problems(contract: Contract, folder: Path) -> Iterator[str]:
    """Yield what keeps a contract from having the version that it has, compared with the release beside it; nothing where there is none.

    Raises:
        ReleaseError: what stands beside it is no release.
    """
    path = folder / FILE
    if not path.is_file():
        return
    before = read(path)
    now = promise(contract)
    if {**before, "version": ""} == {**now, "version": ""}:
        return
    old, new = _version(before["version"]), _version(contract.version)
    broken = list(breaking(before, now, {column.name: column.former for column in contract.columns if column.former}))
    if not new or not old:
        yield f"version is {contract.version!r} and was {before['version']!r} in {path.name}, expected three numbers, as 1.0.0"
    elif broken and new[0] <= old[0]:
        told = "; ".join(broken)
        yield f"version is {contract.version}, and {before['version']} was released: {told}. This breaks whoever holds on to it: make it {old[0] + 1}.0.0"
    elif new <= old:
        yield f"version is {contract.version}, and {before['version']} was released with other columns or sources: make it {old[0]}.{old[1] + 1}.0"


def breaking(before: Mapping[str, Any], now: Mapping[str, Any], former: Mapping[str, str]) -> Iterator[str]:
    """Yield what breaks whoever reads the table, or writes its source.

    Args:
        former: the name that a column had, where it was renamed.
    """
    for what in ("zone", "load", "key"):
        if before[what] != now[what]:
            yield f"{what} was {_shown(before[what])} and is {_shown(now[what])}"
    renamed = {old: new for new, old in former.items()}
    for name, old in before["columns"].items():
        if name in now["columns"]:
            yield from _of_one(name, old, now["columns"][name])
        elif renamed.get(name) in now["columns"]:
            yield f"column {name} is renamed to {renamed[name]}"
            yield from _of_one(renamed[name], old, now["columns"][renamed[name]])
        else:
            yield f"column {name} is gone"
    added = [name for name in now["columns"] if name not in before["columns"] and name not in former]
    yield from (f"column {name} is new and required of producers" for name in added if _is_asked_for(now["columns"][name]))
    for name, source in before["sources"].items():
        differing = [part for part in source if source[part] != now["sources"].get(name, {}).get(part)]
        if differing:
            yield f"how {name} come is another: {', '.join(differing)}" if name in now["sources"] else f"{name} come no more"


def _of_one(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old["type"] != new["type"] and not is_wider(old["type"], new["type"]):
        yield f"column {name} was {old['type']} and is {new['type']}"
    if old["required"] and not new["required"]:
        yield f"column {name} may be null now"
    if not old["required"] and _is_asked_for(new):
        yield f"column {name} is required of producers now"
    if old["field"] != new["field"] and new["field"] is not None:
        yield f"column {name} was the field {old['field']} of the source and is {new['field']}"


def _is_asked_for(column: Mapping[str, Any]) -> bool:
    return bool(column["required"] and column["field"] is not None)


def _of_column(column: Column) -> dict[str, Any]:
    return {"type": column.type, "required": column.required, "field": column.source}


def _of_source(source: Source) -> dict[str, Any]:
    """Return how objects are written; the order of fields counts only where no header names them."""
    return {
        "location": source.location,
        "format": source.format,
        "delimiter": source.delimiter,
        "header": source.header,
        "nullValue": source.null_value,
        "multiline": source.multiline,
        "fields": None if source.header else [field.name for field in source.fields],
    }


def _misshapen(found: object) -> Iterator[str]:
    """Yield what a release has that is another thing than it should be, or has not."""
    if not isinstance(found, dict):
        yield f"it is {json.dumps(found)[:40]}, expected a mapping"
        return
    yield from _misshapen_part(found, "")
    for group in ("columns", "sources"):
        if not isinstance(members := found.get(group), dict):
            yield f"{group} is {_told(found, group)}, expected a mapping"
            return
        for name, member in members.items():
            yield from _misshapen_part(member, group, f"{group}.{name}")


def _misshapen_part(part: object, group: str, place: str = "") -> Iterator[str]:
    if not isinstance(part, dict):
        yield f"{place} is {json.dumps(part)[:40]}, expected a mapping"
        return
    for name, kind in SHAPES[group].items():
        if name not in part or not _is(kind, part[name]):
            yield f"{place}{'.' if place else ''}{name} is {_told(part, name)}, expected {kind}"


def _is(kind: str, value: object) -> bool:
    if value is None:
        return kind in (MAYBE_TEXT, MAYBE_NAMES)
    if kind == FLAG:
        return isinstance(value, bool)
    if kind in (NAMES, MAYBE_NAMES):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, str)


def _told(part: Mapping[str, Any], name: str) -> str:
    return json.dumps(part[name])[:40] if name in part else "missing"


def _version(text: str) -> tuple[int, ...] | None:
    found = VERSION.fullmatch(text)
    return tuple(map(int, found.groups())) if found else None


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
