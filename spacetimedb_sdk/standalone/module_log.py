"""The log of a module as its owner reads it: JSON lines in memory, the oldest forgotten (spec: http-api.md section 3.8)."""

from __future__ import annotations

import json
import logging
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["ModuleLog", "ModuleLogHandler"]

_MAX_LINES = 10_000
_MAX_BYTES = 8 << 20
_MAX_MESSAGE = 16_384
_SYSTEM = "__spacetimedb__"
_OLD_CLIENT = (
    "\nThis is likely due to a mismatched client schema, have you run `spacetime generate` recently?"
)
_REGENERATE = " Have you run `spacetime generate` recently?"


class ModuleLog:
    """The last 10,000 lines, or fewer of those that are long. `clock` returns microseconds since the epoch."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._lines: deque[str] = deque()
        self._bytes = 0
        self._listeners: set[Callable[[str], None]] = set()

    def lines(self, count: int | None = None) -> list[str]:
        """The last `count` lines, all by default, oldest first; each is a JSON object and a line feed."""
        lines = list(self._lines)
        return lines if count is None else lines[max(len(lines) - count, 0) :]

    def follow(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Calls `listener` with every line from now on, until the function returned is called."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def add(self, level: str, message: str, **details: Any) -> None:
        """One more line: `level` as SpacetimeDB names it (`Error`, `Panic`, ...), `details` in their order."""
        entry: dict[str, Any] = {"level": level, "ts": self._clock(), **details}
        # SpacetimeDB writes the trace behind the message.
        trace = entry.pop("trace", None)
        entry["message"] = message[:_MAX_MESSAGE]
        if trace is not None:
            entry["trace"] = trace
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"
        self._lines.append(line)
        self._bytes += len(line)
        while len(self._lines) > _MAX_LINES or self._bytes > _MAX_BYTES:
            self._bytes -= len(self._lines.popleft())
        for listener in list(self._listeners):
            listener(line)

    def system(self, function: str, message: str) -> None:
        """The server's own word on a call of `function`."""
        self.add("Error", message, target=_SYSTEM, filename=_SYSTEM, function=function)

    def bad_arguments(self, function: str) -> None:
        message = f'External attempt to call reducer "{function}" failed, invalid arguments.{_OLD_CLIENT}'
        self.system(function, message)

    def missing(self, function: str) -> None:
        shown = function[:_MAX_MESSAGE]
        self.system(shown, f'External attempt to call nonexistent reducer "{shown}" failed.{_REGENERATE}')

    def panic(self, function: str, error: BaseException) -> None:
        """What `function` raised, with where."""
        self.add("Panic", _text_of(error), **_place(error.__traceback__, function))


class ModuleLogHandler(logging.Handler):
    """Brings what a module says by `logging.getLogger("spacetimedb_sdk.module.NAME")` into its log."""

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
        self._log.add(
            level,
            record.getMessage(),
            target=record.name,
            filename=record.pathname,
            line_number=record.lineno,
            function=record.funcName,
        )


def _text_of(error: BaseException) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(trace: TracebackType | None, function: str) -> dict[str, Any]:
    frames = traceback.extract_tb(trace)
    # The server's own frames come first: the module's begin where its file does.
    own = str(Path(__file__).parent)
    frames = traceback.StackSummary.from_list(
        [frame for frame in frames if not frame.filename.startswith(own)]
    )
    details: dict[str, Any] = {}
    if frames:
        details = {"filename": frames[-1].filename, "line_number": frames[-1].lineno}
    details["function"] = function
    details["trace"] = [
        {"module_name": frame.filename, "func_name": f"{frame.name}:{frame.lineno}"} for frame in frames
    ]
    return details
