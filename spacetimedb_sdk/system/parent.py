"""Parent: the process that started this one with `--parent`, and holds the other end of its standard input."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Thread

__all__ = ["follow_parent"]


def follow_parent(ended: Callable[[], object], said: Callable[[str], object] = lambda line: None) -> None:
    """Call `ended` once standard input closes, as the system has it do whatever way the parent ends, and `said` with each line
    before that; both on a thread of their own."""

    def follow() -> None:
        rest = b""
        # Reading the descriptor itself: a thread blocked in sys.stdin's own reader keeps the interpreter from ending.
        try:
            while data := os.read(0, 4096):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    said(line.decode(errors="replace").strip())
        except OSError:  # it was closed before it began: the parent is gone just the same
            pass
        ended()

    Thread(target=follow, name="parent", daemon=True).start()
