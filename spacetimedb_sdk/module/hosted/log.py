"""Log: what a module says by the standard library's loggers, as lines of the database's own log."""

from __future__ import annotations

import logging

from ..logger import message_of
from .host import Host

__all__ = ["HostLogHandler"]

# The host's levels are fewer.
_LEVELS = ((logging.ERROR, 0), (logging.WARNING, 1), (logging.INFO, 2), (logging.DEBUG, 3))
_TRACE = 4


class HostLogHandler(logging.Handler):
    """Hands records to the host, with the file and line they come from."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host

    def emit(self, record: logging.LogRecord) -> None:
        text = message_of(record)
        level = next((number for level, number in _LEVELS if record.levelno >= level), _TRACE)
        # A lone surrogate has no UTF-8: it is shown as what it is.
        shown = text.encode("utf-8", "backslashreplace").decode()
        self._host.log(level, record.pathname, record.lineno, shown)
