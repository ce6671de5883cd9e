"""A network that fails on command: a TCP proxy in threads of its own.

with BadNetwork(server.host) as network:
    client = SpacetimeDBClient.init(None, network.host, ...)
    network.cut()
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Self

__all__ = ["BadNetwork"]

_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)


class _Connection:
    """One client's socket and the one to the server; a pump each way."""

    def __init__(
        self, network: BadNetwork, client: socket.socket, server: socket.socket, limit: int | None
    ) -> None:
        self.network = network
        self._sockets = (client, server)
        self._left = limit
        self._lock = threading.Lock()
        self._cut = False
        self._ended = 0

    def start(self) -> None:
        client, server = self._sockets
        self.network._spawn(self._pump, client, server, False)
        self.network._spawn(self._pump, server, client, True)

    def limit(self, left: int | None) -> None:
        with self._lock:
            self._left = left

    def _pump(self, source: socket.socket, target: socket.socket, from_server: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                network = self.network
                if network.delay:
                    time.sleep(network.delay)
                if network.loses:
                    continue
                cut = False
                if from_server:
                    data, cut = self._limited(data)
                target.sendall(data)
                if cut:
                    break
            else:
                # A side that has nothing more to say may still listen.
                target.shutdown(socket.SHUT_WR)
                self._ended += 1
                if self._ended < 2:
                    return
        self.cut()

    def _limited(self, data: bytes) -> tuple[bytes, bool]:
        """What of `data` may still pass, and whether it is the last."""
        with self._lock:
            left = self._left
            if left is None:
                return data, False
            self._left = max(left - len(data), 0)
            return data[:left], len(data) >= left

    def cut(self) -> None:
        """End both sides at once, with a reset: nobody says goodbye."""
        with self._lock:
            if self._cut:
                return
            self._cut = True
        for side in self._sockets:
            with suppress(OSError):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                side.shutdown(socket.SHUT_RD)
            side.close()
        self.network._forget(self)


class BadNetwork:
    """Stands between clients and the server at `upstream` (`HOST:PORT`); clients connect to `host`.

    `delay` is in seconds, for each piece of data and each way. While `loses` is set everything vanishes without a word;
    while `refuses` is set new connections end at once; with `duplicates`, each attempt reaches the server twice.
    """

    def __init__(self, upstream: str) -> None:
        host, _, port = upstream.removeprefix("http://").rpartition(":")
        self._upstream = (host, int(port))
        self.delay = 0.0
        self.loses = False
        self.refuses = False
        self.duplicates = False
        self.connections = 0
        self._limit: int | None = None
        self._lock = threading.Lock()
        self._open: set[_Connection] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5.0)

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
            self.delay, self.loses, self.refuses, self.duplicates = 0.0, False, False, False

    # -- threads -------------------------------------------------------------------------------------------------------

    def _spawn(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name="bad network", daemon=True)  # type: ignore[arg-type]
        self._threads = [other for other in self._threads if other.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _forget(self, connection: _Connection) -> None:
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
        connection = _Connection(self, client, server, None)
        with self._lock:
            self._open.add(connection)
            if self._limit is not None:
                connection.limit(self._limit)
        connection.start()

    def _twice(self, client: socket.socket) -> None:
        """The client's request reaches the server before the connection that answers it, and nobody reads the answer."""
        request = client.recv(_CHUNK, socket.MSG_PEEK)
        with socket.create_connection(self._upstream, timeout=5.0) as ghost:
            ghost.sendall(request)
            ghost.recv(1)
