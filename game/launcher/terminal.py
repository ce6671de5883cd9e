"""Terminal: the one place that writes to it, and reads what is typed there."""

from __future__ import annotations

import os
import signal
import sys
from queue import SimpleQueue
from threading import Thread

from spacetimedb_sdk.system.plain_text import one_line

__all__ = ["LineBuffer", "notice", "say", "typed_lines", "write_error"]

_LONGEST_LINE = 1000


def say(text: str) -> None:
    """Write one line to standard output; what names and servers say in it cannot act on the terminal."""
    sys.stdout.write(f"{one_line(text)}\n")
    sys.stdout.flush()


def notice(text: str) -> None:
    """Write one line of the program's own to standard error."""
    write_error(f"run_game.py: {text}")


def write_error(line: str) -> None:
    """Write one line to standard error, as `say` does."""
    sys.stderr.write(f"{one_line(line)}\n")
    sys.stderr.flush()


class LineBuffer:
    """Lines out of bytes as they come; one that is too long to be a command is dropped."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that are whole now."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[: _LONGEST_LINE + 1]
        return [line.decode(errors="replace").strip() for line in lines if len(line) <= _LONGEST_LINE]


def typed_lines() -> SimpleQueue[str]:
    """A queue of the lines that come by standard input, until that ends; a thread of its own waits for them."""
    lines: SimpleQueue[str] = SimpleQueue()
    if hasattr(signal, "SIGTTIN"):
        # A shell stops a program in the background that reads from its terminal: this one is to go on, without what is typed.
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)

    def read() -> None:
        buffer = LineBuffer()
        try:
            # sys.stdin would hold a lock that the interpreter wants at its end.
            while data := os.read(0, 4096):
                for line in buffer.feed(data):
                    lines.put(line)
        except OSError:  # there is no standard input, or it is a terminal's and this is not in front
            return

    Thread(target=read, name="what is typed", daemon=True).start()
    return lines
