"""The console: what a program's output may turn out to be (a pipe that closes, a full disk, no UTF-8, nothing at all).

A command whose output cannot be written says so in one sentence and fails. A world that is hosted, or a game that is
played, goes on: its output is the least of it.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from typing import TextIO

from .plain_text import log_text

__all__ = ["LogFormatter", "finished", "lasting_output", "prepare_output", "unwritten"]


class LogFormatter(logging.Formatter):
    """Log records for a terminal or a file: texts of others in them forge no lines and move no cursor, and no token is
    shown, tracebacks included."""

    def __init__(self, form: str = "%(asctime)s %(levelname)s %(name)s: %(message)s") -> None:
        super().__init__(form)

    def format(self, record: logging.LogRecord) -> str:
        return log_text(super().format(record))


class _Lasting(io.TextIOBase):
    """A stream that takes everything: once the one below fails, what is written is forgotten."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed's is an attribute
        return "utf-8" if self._stream is None else self._stream.encoding

    def write(self, text: str) -> int:
        if self._stream is not None:
            try:
                self._stream.write(text)
            except (OSError, ValueError):  # ValueError: it was closed
                self._give_up()
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._give_up()

    def _give_up(self) -> None:
        if self._stream is not None:
            _forget(self._stream)
            self._stream = None

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()

    def writable(self) -> bool:
        return True


class _Missing(io.TextIOBase):
    """Standard output that was closed before the program began."""

    def write(self, text: str) -> int:
        raise OSError(9, os.strerror(9))

    def writable(self) -> bool:
        return True


def _forget(stream: TextIO) -> None:
    """Lets what `stream` still holds go nowhere: the interpreter would try to write it at its end."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _prepare() -> None:
    # A descriptor that is free would be given to the next file: a database must not become standard error.
    with contextlib.suppress(OSError):
        while (free := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(free)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Warnings of a program that has set up no log.
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(LogFormatter("%(message)s"))
    # Where complaints cannot be written nothing is left to be done.
    if not isinstance(sys.stderr, _Lasting):
        sys.stderr = _Lasting(sys.stderr)


def prepare_output() -> None:
    """For a command: letters that the output cannot hold become escapes; what cannot be written is an OSError."""
    _prepare()
    if sys.stdout is None:
        sys.stdout = _Missing()


def lasting_output() -> None:
    """For a program that must not end with its output: what cannot be written is forgotten."""
    _prepare()
    if not isinstance(sys.stdout, _Lasting):
        sys.stdout = _Lasting(sys.stdout)


def finished(code: int, program: str) -> int:
    """The exit code of a command that is done with `code`: 1, and a sentence, where its output could not be written.
    Who has read enough, such as `head`, is no failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget(sys.stdout)
    except OSError as error:
        # One sentence is enough: a command that has failed has said why.
        return unwritten(error, program) if code == 0 else code
    return code


def unwritten(error: OSError, program: str) -> int:
    """Says in one sentence that the output could not be written; the exit code."""
    _forget(sys.stdout)
    sys.stderr.write(f"{program}: the output cannot be written ({error.strerror or error})\n")
    sys.stderr.flush()
    return 1
