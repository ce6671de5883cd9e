"""What a module's functions raise: how often it is said on the terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType, WrapperDescriptorType
from typing import TypeVar

from ...system.plain_text import LONGEST_TEXT, error_text, keep_text
from ..errors import TimedOut

__all__ = ["FailureLog", "described", "settled"]

T = TypeVar("T")
# Said whole once; then how many more there were, no oftener than this.
_SAID_AGAIN_MICROS = 10_000_000
# Kinds of failures that are counted at once: a module makes classes as it likes.
_MAX_KINDS = 1_000


# Of a recursion without an end the innermost calls tell enough; Python's own limit is a thousand.
_MOST_FRAMES = 2_000
_FRAMES_KEPT = 100
# Errors that one error was raised in the midst of, or holds.
_MOST_LINKED = 20
_PLAIN = (str, int, float, bool, type(None))


def settled(work: Callable[[], T]) -> T:
    """What `work` returns. What it raises is made fit to be kept and said: with its text, which the module's own code makes, and
    no more of its traceback than anybody reads. To be called where the module's code is ended when it takes too long, since the
    error's class is the module's as well; TimedOut is not."""
    try:
        return work()
    except TimedOut:
        raise
    except BaseException as error:
        keep_text(error)
        error.__traceback__ = _innermost(error.__traceback__)
        raise


def _innermost(trace: TracebackType | None) -> TracebackType | None:
    count, frame = 0, trace
    while frame is not None:
        count, frame = count + 1, frame.tb_next
    for _ in range(count - _FRAMES_KEPT if count > _MOST_FRAMES else 0):
        assert trace is not None
        trace = trace.tb_next
    return trace


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


def _loggable(error: BaseException) -> BaseException:
    """`error`, or one in its place: the standard library writes all of its text and of the errors linked with it, and has
    their classes make that."""
    if all(map(_is_plain, linked := list(_linked(error)))) and len(linked) <= _MOST_LINKED:
        return error
    # Called as the other is, so that the traceback ends in that name.
    kind = type(type(error).__name__, (Exception,), {"__module__": "builtins"})
    copy: BaseException = kind(error_text(error))
    return copy.with_traceback(error.__traceback__)


def _linked(error: BaseException) -> Iterator[BaseException]:
    """The error and those that are written with it, up to one more than is written."""
    seen: set[int] = set()
    open_ = [error]
    while open_ and len(seen) <= _MOST_LINKED:
        one = open_.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            open_ += one.exceptions[: _MOST_LINKED + 1]
        open_ += [other for other in (one.__cause__, one.__context__) if other is not None]


def _is_plain(error: BaseException) -> bool:
    """Whether its text is made by Python itself, of little."""
    own = type(error).__str__
    if not isinstance(own, WrapperDescriptorType) and not own.__module__.startswith("spacetimedb_sdk."):
        return False
    if "__notes__" in error.__dict__:
        return False
    arguments = [*error.args[:1], "sub-exceptions"] if isinstance(error, BaseExceptionGroup) else error.args
    if not all(type(argument) in _PLAIN for argument in arguments):
        return False
    return sum(len(argument) for argument in arguments if isinstance(argument, str)) <= LONGEST_TEXT
