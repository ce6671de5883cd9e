"""Ports of loopback that are a test's own, though nothing listens there yet, or any more."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["held_port"]


@contextmanager
def held_port(port: int = 0) -> Iterator[int]:
    """A port, or that one, that the system gives to no other program which asks for any, as the tests beside this one do.

    Who connects to it is refused; a server that is told to listen just there can, as long as it allows others its address
    (SO_REUSEADDR), as servers do.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        yield holder.getsockname()[1]
