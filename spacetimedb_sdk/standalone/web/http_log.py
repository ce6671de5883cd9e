"""What is said of requests that cannot be read: a short line now and then, and never a word of theirs."""

from __future__ import annotations

import logging
from time import monotonic

__all__ = ["http_logger"]

# A client that errs may err a thousand times a second.
_SAID_AGAIN_SECONDS = 10.0


class _Quiet(logging.Filter):
    """aiohttp logs what it could not read, tokens and all, with a traceback each time: of that the kind of mistake is
    kept, and how often it was made."""

    def __init__(self) -> None:
        super().__init__()
        self._said = -_SAID_AGAIN_SECONDS
        self._unsaid = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return False
        now = monotonic()
        if now - self._said < _SAID_AGAIN_SECONDS:
            self._unsaid += 1
            return False
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "refused"
        more = f", {self._unsaid} more like it since the last time" if self._unsaid else ""
        self._said, self._unsaid = now, 0
        record.msg, record.args = f"a request could not be read ({kind}){more}", ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def http_logger() -> logging.Logger:
    """The logger for the web server of one application."""
    logger = logging.getLogger("spacetimedb_sdk.standalone.http")
    for before in list(logger.filters):
        logger.removeFilter(before)
    logger.addFilter(_Quiet())
    return logger
