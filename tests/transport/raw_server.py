"""A WebSocket server that says what a test tells it to, on a free port of loopback: for what no good server does."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from spacetimedb_sdk.protocol.messages.v1 import SERVER_MESSAGE, IdentityToken, ServerMessage
from spacetimedb_sdk.types import Address, Identity

Behaviour = Callable[["RawConnection"], None]
WELCOME = IdentityToken(Identity(b"\xc2" * 32), "a-token", Address(b"\x01" * 16))


class RawConnection:
    """One client's socket after (or, with `upgrade` not called, before) the upgrade."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.request = ""

    def read_request(self) -> str:
        while "\r\n\r\n" not in self.request:
            data = self.socket.recv(4096)
            if not data:
                break
            self.request += data.decode("latin-1")
        return self.request

    def answer(self, status: str, body: str = "") -> None:
        self.read_request()
        self.socket.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    def upgrade(self, protocol: str = "v1.bsatn.spacetimedb") -> None:
        lines = dict(line.split(": ", 1) for line in self.read_request().split("\r\n")[1:] if ": " in line)
        if (
            "Sec-WebSocket-Key" not in lines
        ):  # the question for the schema, which such a server knows nothing of
            self.answer("404 Not Found")
            raise EOFError
        digest = hashlib.sha1(
            (lines["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()
        ).digest()
        self.socket.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n".encode()
        )

    def welcome(self) -> None:
        self.upgrade()
        self.say(WELCOME)

    def say(self, message: ServerMessage, *, fragment: int = 4096) -> None:
        """As real servers do: an uncompressed message in fragments of 4,096 bytes."""
        self.binary(b"\0" + SERVER_MESSAGE.encode(message), fragment=fragment)

    def binary(self, payload: bytes, *, fragment: int = 4096) -> None:
        wire = bytearray()
        for start in range(0, max(len(payload), 1), fragment):
            part = payload[start : start + fragment]
            first = (0x80 if start + fragment >= len(payload) else 0) | (0x00 if start else 0x02)
            wire += bytes([first]) + _length(len(part)) + part
        self.socket.sendall(wire)

    def control(self, opcode: int, payload: bytes = b"") -> None:
        self.socket.sendall(bytes([0x80 | opcode, len(payload)]) + payload)

    def read_frame(self) -> tuple[int, bytes]:
        """The next frame of the client: its opcode and its unmasked payload. EOFError at the end."""
        first, second = self._exactly(2)
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(self._exactly(2), "big")
        elif length == 127:
            length = int.from_bytes(self._exactly(8), "big")
        mask, payload = self._exactly(4), self._exactly(length)
        return first & 0x0F, bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def until_gone(self) -> None:
        """Read whatever comes until the client says goodbye or has left."""
        try:
            while self.read_frame()[0] != 0x8:
                pass
        except (EOFError, OSError):
            pass


def _length(size: int) -> bytes:
    if size < 126:
        return bytes([size])
    return b"\x7e" + size.to_bytes(2, "big") if size < 1 << 16 else b"\x7f" + size.to_bytes(8, "big")


class RawServer:
    """Runs `behaviour` for each connection in a thread; what it raises fails the test that uses it."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(sock)
            self._start(lambda sock=sock: self._serve(sock))  # type: ignore[misc]

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            try:
                self._behaviour(RawConnection(sock))
            except (EOFError, OSError):
                pass
            except BaseException as error:
                self.error = error
                raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._sockets:
            sock.close()
        for thread in self._threads:
            thread.join(5)
        if self.error is not None and error is None:
            raise self.error
