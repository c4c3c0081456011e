"""What begins when the local cloud has read its state and answers."""

import logging
from collections.abc import Callable

_logger = logging.getLogger(__name__)
_callbacks: list[Callable[[], None]] = []


def after_start(callback: Callable[[], None]) -> None:
    """Call `callback` once the local cloud answers; it must return within a moment."""
    _callbacks.append(callback)


def start_all() -> None:
    """Call all that was registered; one that fails is logged and keeps no other from being called."""
    for callback in _callbacks:
        try:
            callback()
        except Exception:
            _logger.exception("could not start %s", callback)
