"""A network that fails on command: a TCP proxy in threads of its own.

with BadNetwork(server.host) as network:
    client = SpacetimeDBClient.init(None, network.host, ...)
    network.cut()
"""

from __future__ import annotations

import random
import socket
import struct
import threading
from contextlib import suppress
from typing import Self

from .conditions import Conditions
from .conduit import Conduit

__all__ = ["BadNetwork"]

# The head of an HTTP request fits, and is looked at whole.
_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)


class BadNetwork(Conditions):
    """Stands between clients and the server at `upstream` (`HOST:PORT`); clients connect to `host`.

    What passes is as late as `Conditions` has it: `delay`, `jitter`, `loss`, and `loses` for all of it. While `refuses` is
    set new connections end at once; with `duplicates`, each attempt reaches the server twice.
    """

    def __init__(self, upstream: str, *, chance: random.Random | None = None) -> None:
        super().__init__(chance=chance)
        host, _, port = upstream.removeprefix("http://").rpartition(":")
        self._upstream = (host, int(port))
        self.refuses = False
        self.duplicates = False
        self.connections = 0
        self._limit: int | None = None
        # Connections come in on the listening thread and are cut from the test's.
        self._lock = threading.Lock()
        self._open: set[Conduit] = set()
        self._thread = threading.Thread(target=self._accept, name="bad network", daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5.0)
        self.cut()

    def cut(self) -> None:
        """End every connection there is, with a reset."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            connection.cut()

    def cut_after(self, size: int) -> None:
        """End each connection once `size` more bytes have come from the server: those there are, and the next ones."""
        with self._lock:
            self._limit = size
            for connection in self._open:
                connection.limit(size)

    def heal(self) -> None:
        """Do no more harm; what was cut stays cut."""
        with self._lock:
            self._limit = None
            for connection in self._open:
                connection.limit(None)
        self.refuses = self.duplicates = False
        super().heal()

    def _forget(self, connection: Conduit) -> None:
        with self._lock:
            self._open.discard(connection)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.refuses:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                client.close()
                continue
            try:
                self._join(client)
            except OSError:
                client.close()

    def _join(self, client: socket.socket) -> None:
        if self.duplicates:
            self._twice(client)
        server = socket.create_connection(self._upstream)
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Conduit(self, client, server, on_end=self._forget)
        with self._lock:
            self._open.add(connection)
            if self._limit is not None:
                connection.limit(self._limit)
            connection.start()

    def _twice(self, client: socket.socket) -> None:
        """The client's request reaches the server before the connection that answers it, and the answer is not read."""
        request = client.recv(_CHUNK, socket.MSG_PEEK)
        with socket.create_connection(self._upstream, timeout=5.0) as ghost:
            ghost.sendall(request)
            ghost.recv(1)
