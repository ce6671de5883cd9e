"""The logger of a module, `ctx.logger`: an ordinary `logging.Logger` whose lines go to the log of its database."""

from __future__ import annotations

import logging
from reprlib import Repr

__all__ = ["LOGGERS", "message_of", "module_logger"]

# Below this stand the loggers of all modules, by the modules' names.
LOGGERS = "spacetimedb_sdk.module"
# Whatever a module says is kept: what is to be seen of it, its reader chooses.
_EVERYTHING = 1
_FORMATTER = logging.Formatter()
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 500


def module_logger(name: str, *handlers: logging.Handler) -> logging.Logger:
    """A logger of its own for the module `name`, whatever the program does with others, with nothing but `handlers`."""
    logger = logging.Logger(f"{LOGGERS}.{name}", _EVERYTHING)
    for handler in handlers:
        logger.addHandler(handler)
    return logger


def message_of(record: logging.LogRecord) -> str:
    """What a log shows of a record: its text, below it the traceback that came along. Arguments that do not fit their text are
    shown beside it, here and by all who are handed the record after this."""
    try:
        text = record.getMessage()
    except Exception as error:  # noqa: BLE001 - whatever they raise: a line of a log is no call's failure
        text = f"{_shown(record.msg)} with {_shown(record.args)}, which do not fit: {type(error).__name__}"
        record.msg, record.args = text, None
    if record.exc_info and record.exc_info[0] is not None:
        text = f"{text}\n{_FORMATTER.formatException(record.exc_info)}"
    return text


def _shown(value: object) -> str:
    try:
        return _SHORT.repr(value)
    except Exception:  # noqa: BLE001 - it is this that cannot be shown
        return f"a {type(value).__name__}"
