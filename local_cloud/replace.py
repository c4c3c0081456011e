"""The one door through which private names of ministack, and of the server under it, are used or replaced.

Both are pinned, but their private names promise nothing. So each of them passes through here with what we expect of it. All of it happens
while the local cloud is put together: a release of ministack that lacks a name, or has another behind it, is refused before anything is served.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class PrivateName:
    """A private name of ministack that the local cloud depends on.

    Attributes:
        module: dotted name of the module it lives in.
        name: the attribute.
        why: what the local cloud does with it.
    """

    module: str
    name: str
    why: str


class IncompatibleError(Exception):
    """ministack does not have a private name that the local cloud was written against, or has something else there."""


_names: dict[tuple[str, str], PrivateName] = {}


def replace(module: str, name: str, new: Any, why: str) -> Any:
    """Put `new` in the place of `module.name` and return what was there.

    Raises:
        IncompatibleError: there is no such name; or `new` takes other parameters than the function, or is of another type than the value, there.
    """
    original = borrow(module, name, _parameters(new) if inspect.isroutine(new) else type(new), why)
    setattr(import_module(module), name, new)
    return original


def wrap(module: str, name: str, around: Callable[[Any], Any], why: str) -> None:
    """Put `around(original)` in the place of `module.name`; its parameters must be the original's.

    Raises:
        IncompatibleError: as of `replace`.
    """
    private = PrivateName(module, name, why)
    original = _look_up(private)
    if not inspect.isroutine(original):
        raise _incompatible(private, f"it is a {type(original).__name__}, expected a function")
    replace(module, name, around(original), why)


def borrow(module: str, name: str, expected: tuple[str, ...] | type, why: str) -> Any:
    """Return `module.name`, which must be a function with the `expected` parameters or a value of the `expected` type.

    Raises:
        IncompatibleError: there is no such name, or something else is behind it.
    """
    private = PrivateName(module, name, why)
    value = _look_up(private)
    problem = _unexpected(value, expected)
    if problem:
        raise _incompatible(private, problem)
    _names[module, name] = private
    return value


def registered() -> tuple[PrivateName, ...]:
    """All private names in use, in the order of their registration."""
    return tuple(_names.values())


def _look_up(private: PrivateName) -> Any:
    try:
        return getattr(import_module(private.module), private.name)
    except (ModuleNotFoundError, AttributeError) as missing:
        raise _incompatible(private, "it does not exist") from missing


def _incompatible(private: PrivateName, problem: str) -> IncompatibleError:
    return IncompatibleError(
        f"this release of {private.module.partition('.')[0]} is not the one that the local cloud was written for: {private.module}.{private.name}, "
        f"used to {private.why}: {problem}; install the release that locks/local.txt names"
    )


def _unexpected(value: Any, expected: tuple[str, ...] | type) -> str | None:
    if isinstance(expected, type):
        return None if isinstance(value, expected) else f"it is a {type(value).__name__}, expected a {expected.__name__}"
    if not callable(value):
        return f"it is a {type(value).__name__}, expected a function"
    found = _parameters(value)
    return None if found == expected else f"it takes ({', '.join(found)}), expected ({', '.join(expected)})"


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    # What a wrapper itself takes counts, not what it says it wraps.
    return tuple(inspect.signature(function, follow_wrapped=False).parameters)
