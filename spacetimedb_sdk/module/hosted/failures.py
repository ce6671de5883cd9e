"""Failures: what the log has of an error, as CPython prints it, but for the lines of source that are not inside.

The interpreter's own text has an error's arguments in the place of what its `__str__` says, and leaves out notes and groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from ...system.plain_text import error_text

__all__ = ["failure_text"]

# A line that follows itself is told so often, and then counted: those of a recursion without an end.
_MOST_REPEATED = 3


def failure_text(error: BaseException) -> str:
    """The traceback with all that led to the error; runs no code of the module but its errors' `__str__`."""
    return "\n".join(_told(error, set()))


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before, link = error.__cause__, "The above exception was the direct cause of the following exception:"
    if before is None and not error.__suppress_context__:
        before, link = (
            error.__context__,
            "During handling of the above exception, another exception occurred:",
        )
    if before is not None and id(before) not in seen:
        yield from _told(before, seen)
        yield f"\n{link}\n"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):"
        yield from _places(error.__traceback__)
    kind, text = type(error), error_text(error)
    home = kind.__module__
    name = kind.__qualname__ if home in ("builtins", "__main__") else f"{home}.{kind.__qualname__}"
    yield f"{name}: {text}" if text else name
    notes = getattr(error, "__notes__", ())
    for note in notes if isinstance(notes, (list, tuple)) else ():
        # Whatever a module put there: only a text can be told without running more of its code.
        if isinstance(note, str):
            yield note
    if isinstance(error, BaseExceptionGroup):
        for number, member in enumerate(error.exceptions, 1):
            yield f"---------------- {number} of {len(error.exceptions)} of {error.message} ----------------"
            yield from _told(member, seen)


def _places(trace: TracebackType | None) -> Iterator[str]:
    last, times = "", 0
    while trace is not None:
        code = trace.tb_frame.f_code
        line = f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}'
        if line != last:
            yield from _left_out(times)
            last, times = line, 0
        times += 1
        if times <= _MOST_REPEATED:
            yield line
        trace = trace.tb_next
    yield from _left_out(times)


def _left_out(times: int) -> Iterator[str]:
    more = times - _MOST_REPEATED
    if more > 0:
        yield f"  [Previous line repeated {more} more time{'s' * (more != 1)}]"
