"""Dropped clients: one that its program dropped without `close()`: its connection is closed, with a ResourceWarning.

A finalizer runs in the middle of anything, on any thread, with any lock held: it takes none, and leaves the closing to a
thread of its own. It must not hold the client, nor what holds the client; the I/O thread does not either: its link knows
the codecs and a function that wakes, and callbacks are in the core, which goes with its face.
"""

from __future__ import annotations

import _thread
import warnings
from contextlib import suppress
from typing import Protocol
from weakref import finalize, ref

from ..transport.client_link import ClientLink

__all__ = ["OpenLink", "close_when_dropped"]


class OpenLink:
    """The connection that a client has open, if it has one."""

    __slots__ = ("link",)

    def __init__(self) -> None:
        self.link: ClientLink | None = None


class Droppable(Protocol):
    """What is left of a client when its face is gone."""

    @property
    def open_link(self) -> OpenLink: ...

    def dropped(self) -> None: ...


def close_when_dropped(face: object, core: Droppable) -> None:
    """Close the connection of `core` when `face` is collected; at the end of the program nothing is done."""
    finalizer = finalize(face, _face_is_gone, type(face).__name__, core.open_link, ref(core))
    finalizer.atexit = False


def _face_is_gone(kind: str, open_link: OpenLink, core: ref[Droppable]) -> None:
    left = core()
    if left is not None:
        left.dropped()
    link, open_link.link = open_link.link, None
    if link is None:
        return
    with suppress(RuntimeError):  # the interpreter is ending, and its sockets with it
        _thread.start_new_thread(link.close, ())
    warnings.warn(
        f"a {kind} was dropped while connected to {link.request.database!r} at {link.request.place}: its connection is "
        "closed now; close it with close(), or use `with`",
        ResourceWarning,
        stacklevel=2,
    )
