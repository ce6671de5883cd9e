"""What a module's functions raise: how often it is said on the terminal."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ...system.plain_text import LONGEST_TEXT, error_text

__all__ = ["FailureLog", "described"]

# Said whole once; then how many more there were, no oftener than this.
_SAID_AGAIN_MICROS = 10_000_000
# Kinds of failures that are counted at once: a module makes classes as it likes.
_MAX_KINDS = 1_000


def described(error: BaseException) -> str:
    """The error's kind and text."""
    return f"{type(error).__name__}: {error_text(error)}".removesuffix(": ")


@dataclass(slots=True)
class _Kind:
    said: int
    unsaid: int = 0


class FailureLog:
    """Writes failures to `log`: the first of a function and kind with its traceback, those after it as a number, once
    in ten seconds, so that neither a timer nor a client can fill the terminal."""

    def __init__(self, log: logging.Logger) -> None:
        self.log = log
        self._kinds: dict[tuple[str, type[BaseException]], _Kind] = {}

    def add(self, function: str, error: BaseException, now: int, *, traceback: bool = True) -> bool:
        """`function` ("reducer eat") raised `error` at `now` (microseconds that only grow); returns whether it was said
        whole."""
        key = function, type(error)
        kind = self._kinds.get(key)
        if kind is not None and now - kind.said < _SAID_AGAIN_MICROS:
            kind.unsaid += 1
            return False
        if kind is not None and kind.unsaid:
            self.log.error(
                "%s failed %d more times like before, last with %s",
                function,
                kind.unsaid + 1,
                described(error),
            )
            kind.said, kind.unsaid = now, 0
            return False
        if len(self._kinds) >= _MAX_KINDS:
            self._kinds.clear()
        self._kinds[key] = _Kind(now)
        text = described(error)
        self.log.error("%s failed: %s", function, text, exc_info=_loggable(error) if traceback else None)
        return True


class LongError(Exception):
    """Stands for an error that says too much to be written out."""


def _loggable(error: BaseException) -> BaseException:
    """`error`, or one in its place with as much of its text as a log holds: the standard library writes all of it."""
    try:
        is_long = len(str(error)) > LONGEST_TEXT
    except BaseException:  # noqa: BLE001 - a class of others: its `__str__` may do anything, even exit
        is_long = True
    return LongError(described(error)).with_traceback(error.__traceback__) if is_long else error
