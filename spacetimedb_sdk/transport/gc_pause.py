"""The garbage collector, left out of bulk work: of many rows being made none is garbage yet, and each pass visits all."""

from __future__ import annotations

import gc
import threading
import time
from typing import Self

__all__ = ["BULK_BYTES", "GcPause"]

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


class GcPause:
    """No collection from `begin` to `end`; afterwards it is as it was.

    A piece of work begins it where it turns out to be bulk, and ends it when it is done with what it made: rows that took
    the place of others meanwhile are then no more than there were, and no collection follows. To begin or end twice is fine.
    """

    __slots__ = ("_joined",)

    def __init__(self) -> None:
        self._joined = False

    def begin(self) -> None:
        if not self._joined:
            self._joined = _PAUSE.join()

    def end(self) -> None:
        if self._joined:
            self._joined = False
            _PAUSE.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.end()
