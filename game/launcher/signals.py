"""The ways in which a running command is asked to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from threading import Thread

__all__ = ["interrupt_on_terminate", "when_parent_ends"]


def interrupt_on_terminate() -> None:
    """Let SIGTERM do what Ctrl-C does: raise KeyboardInterrupt in the main thread, so that everything is closed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def when_parent_ends(callback: Callable[[], object]) -> None:
    """Call `callback` on a thread of its own when standard input closes."""

    def wait() -> None:
        # sys.stdin would hold a lock that the interpreter wants at its end.
        while os.read(0, 4096):
            pass
        callback()

    Thread(target=wait, name="parent", daemon=True).start()
