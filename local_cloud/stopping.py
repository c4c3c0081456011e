"""What must end before the local cloud does."""

import logging
from collections.abc import Callable

_logger = logging.getLogger(__name__)
_callbacks: list[Callable[[], None]] = []


def before_stop(callback: Callable[[], None]) -> None:
    """Call `callback` when the local cloud stops, before its state is written; it must end by itself within seconds."""
    _callbacks.append(callback)


def stop_all() -> None:
    """Call all that was registered, the last one first; one that fails is logged and keeps no other from being called."""
    for callback in reversed(_callbacks):
        try:
            callback()
        except Exception:
            _logger.exception("could not stop %s", callback)
