"""The garbage collector, left out of bulk work: of many rows being made none is garbage yet, and each pass visits all."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["BULK_BYTES", "collector_paused"]

BULK_BYTES = 1 << 14
# Work of several threads may overlap without an end; garbage must not wait as long.
LONGEST_PAUSE = 0.5


class _Pause:
    """The pause that is on, shared by all that ask for one: it ends with the last of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._since = 0.0
        self._was_enabled = False

    def join(self) -> bool:
        """Begin or share the pause; False where it has lasted too long to be shared."""
        with self._lock:
            now = time.monotonic()
            if self._holders == 0:
                self._was_enabled, self._since = gc.isenabled(), now
                gc.disable()
            elif now - self._since > LONGEST_PAUSE:
                return False
            self._holders += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self._was_enabled:
                gc.enable()


_PAUSE = _Pause()


@contextmanager
def collector_paused() -> Iterator[None]:
    """No collection inside the block; afterwards it is as it was."""
    joined = _PAUSE.join()
    try:
        yield
    finally:
        if joined:
            _PAUSE.leave()
