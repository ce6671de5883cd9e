"""The log of a module as its owner reads it: JSON lines in memory, the oldest forgotten (spec: http-api.md section 3.8)."""

from __future__ import annotations

import json
import logging
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from ...module.logger import message_of
from ...system.plain_text import encodable, error_text

__all__ = ["ModuleLog", "ModuleLogHandler", "TerminalHandler"]

# The log is kept in memory: its newest lines, within both bounds.
_MAX_LINES = 10_000
_MAX_BYTES = 8 << 20
_MAX_MESSAGE = 16_384
# Of a recursion without an end the innermost calls tell enough.
_MAX_FRAMES = 64
_SYSTEM = {"target": "__spacetimedb__", "filename": "__spacetimedb__"}
_OLD_CLIENT = (
    "\nThis is likely due to a mismatched client schema, have you run `spacetime generate` recently?"
)
_REGENERATE = " Have you run `spacetime generate` recently?"


class ModuleLog:
    """The last 10,000 lines, or fewer of those that are long. `clock` returns microseconds since the epoch.

    `bare`: lines name what they are about as SpacetimeDB 1.2 did.
    """

    def __init__(self, clock: Callable[[], int], *, bare: bool = False) -> None:
        self._clock = clock
        self._bare = bare
        self._lines: deque[str] = deque()
        self._bytes = 0
        self._listeners: set[Callable[[str], None]] = set()

    def lines(self, count: int | None = None) -> list[str]:
        """The last `count` lines, all by default, oldest first; each is a JSON object and a line feed."""
        lines = list(self._lines)
        return lines if count is None else lines[max(len(lines) - count, 0) :]

    def follow(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Calls `listener` with every line from now on, until the function returned is called; with an empty one at
        the end."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def close(self) -> None:
        """Tells who follows that no more comes."""
        for listener in list(self._listeners):
            listener("")

    def add(self, level: str, message: str, **details: object) -> None:
        """One more line: `level` as SpacetimeDB names it (`Error`, `Panic`, ...), `details` in their order."""
        entry: dict[str, object] = {"level": level, "ts": self._clock(), **details}
        # SpacetimeDB writes the trace behind the message.
        trace = entry.pop("trace", None)
        entry["message"] = message[:_MAX_MESSAGE]
        if trace is not None:
            entry["trace"] = trace
        # Names and texts are the module's and its callers': they may hold what UTF-8 cannot.
        line = encodable(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._lines.append(line)
        self._bytes += len(line)
        while len(self._lines) > _MAX_LINES or self._bytes > _MAX_BYTES:
            self._bytes -= len(self._lines.popleft())
        for listener in list(self._listeners):
            listener(line)

    def failure(self, function: str, message: str) -> None:
        """`function` returned an error."""
        where = {"target": function} if self._bare else _SYSTEM | {"function": function}
        self.add("Error", message, **where)

    def bad_arguments(self, function: str) -> None:
        """A client's arguments were none of `function`."""
        self._external(
            function, f'External attempt to call reducer "{function}" failed, invalid arguments.{_OLD_CLIENT}'
        )

    def missing(self, function: str, *, kind: str = "reducer") -> None:
        """A client called what is not there, or not for clients."""
        shown = function[:_MAX_MESSAGE]
        message = f'External attempt to call nonexistent {kind} "{shown}" failed.{_REGENERATE}'
        self._external(shown, message)

    def _external(self, function: str, message: str) -> None:
        self.add(
            "Error", message, **({"filename": "external"} if self._bare else _SYSTEM | {"function": function})
        )

    def panic(self, function: str, error: BaseException) -> None:
        """What `function` raised, with where."""
        place = _place(error.__traceback__)
        named = {} if self._bare else {"function": function}
        trace = place.pop("trace")
        self.add("Panic", _text_of(error), **place, **named, trace=trace)


class ModuleLogHandler(logging.Handler):
    """Brings what a module says by `ctx.logger`, or by `logging.getLogger("spacetimedb_sdk.module.NAME")`, into its log."""

    _LEVELS = (
        (logging.ERROR, "Error"),
        (logging.WARNING, "Warn"),
        (logging.INFO, "Info"),
        (logging.DEBUG, "Debug"),
    )

    def __init__(self, log: ModuleLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        level = next((name for number, name in self._LEVELS if record.levelno >= number), "Trace")
        message = message_of(record)
        self._log.add(
            level,
            message,
            target=record.name,
            filename=record.pathname,
            line_number=record.lineno,
            function=record.funcName,
        )


class TerminalHandler(logging.Handler):
    """Shows what a module says by `ctx.logger` where the server's own words go, as far as those of its level do."""

    def __init__(self, log: logging.Logger) -> None:
        super().__init__()
        self._terminal = log

    def emit(self, record: logging.LogRecord) -> None:
        if self._terminal.isEnabledFor(record.levelno):
            self._terminal.handle(record)


def _text_of(error: BaseException) -> str:
    text = error_text(error)
    # The type of a RuntimeError says nothing that its text does not.
    return (
        text if text and type(error) is RuntimeError else f"{type(error).__name__}: {text}".removesuffix(": ")
    )


def _place(trace: TracebackType | None) -> dict[str, object]:
    # The server's own frames come first: the module's begin where its files do.
    own = str(Path(__file__).parent)
    inner = traceback.extract_tb(trace, -_MAX_FRAMES)
    frames = [frame for frame in inner if not frame.filename.startswith(own)]
    place: dict[str, object] = {}
    if frames:
        place = {"filename": frames[-1].filename, "line_number": frames[-1].lineno}
    place["trace"] = [
        {"module_name": frame.filename, "func_name": f"{frame.name}:{frame.lineno}"} for frame in frames
    ]
    return place
