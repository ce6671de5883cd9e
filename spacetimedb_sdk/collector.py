"""The garbage collector, left out of bulk work: of many rows being made none is garbage yet, and each pass visits all."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["BULK_BYTES", "collector_paused"]

BULK_BYTES = 1 << 20


@contextmanager
def collector_paused(bulk: bool) -> Iterator[None]:
    """No collection inside the block where `bulk`; afterwards it is as it was."""
    paused = bulk and gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()
