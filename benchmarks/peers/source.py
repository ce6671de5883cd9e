"""A server that says what a case asks for, in one wire format, to one client; every message in 4,096-byte fragments.

    python -m benchmarks.peers.source WIRE CASE

Prints its port once everything is encoded. The first message of the client is answered with the case's rows, each
reducer call with the next transaction, or with all of them.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle

from .scenarios import CASES, row, transactions
from .wire import WIRES, Wire, addressed, answering

__all__ = ["fragmented", "main"]

FRAGMENT = 4096
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def fragmented(payload: bytes, opcode: int) -> bytes:
    """One message as the unmasked frames real servers send."""
    parts: list[bytes] = []
    for start in range(0, max(len(payload), 1), FRAGMENT):
        part = payload[start : start + FRAGMENT]
        first = (0x80 if start + FRAGMENT >= len(payload) else 0) | (0 if start else opcode)
        length = bytes([len(part)]) if len(part) < 126 else b"\x7e" + len(part).to_bytes(2, "big")
        parts += (bytes([first]), length, part)
    return b"".join(parts)


def _header(head: bytes, name: str) -> str:
    for line in head.decode("latin-1").split("\r\n"):
        key, _, value = line.partition(":")
        if key.lower() == name:
            return value.strip()
    raise ValueError(f"the client sent no {name}")


class Peer:
    """The client's socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = b""

    def upgrade(self, subprotocol: str) -> None:
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        assert subprotocol in _header(head, "sec-websocket-protocol")
        given = _header(head, "sec-websocket-key")
        accept = base64.b64encode(hashlib.sha1((given + _GUID).encode()).digest()).decode()
        self._socket.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n".encode()
        )

    def send(self, wire_bytes: bytes) -> None:
        self._socket.sendall(wire_bytes)

    def messages(self) -> Iterator[bytes]:
        """The client's data messages, until it leaves."""
        while True:
            frame = self._frame()
            if frame is None:
                try:
                    self._more()
                except EOFError:
                    return
            elif frame[0] == 0x8:
                return
            elif frame[0] in (0x1, 0x2):
                yield frame[1]

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        if len(buffer) < start + 4 + length:
            return None
        mask = int.from_bytes((buffer[start : start + 4] * (length // 4 + 1))[:length], "big")
        start += 4
        payload = (int.from_bytes(buffer[start : start + length], "big") ^ mask).to_bytes(length, "big")
        self._buffer = buffer[start + length :]
        return buffer[0] & 0xF, payload

    def _more(self) -> None:
        data = self._socket.recv(1 << 16)
        if not data:
            raise EOFError
        self._buffer += data


def serve(peer: Peer, wire: Wire, case_name: str, ready: tuple[bytes, list[bytes]]) -> None:
    """Plays the case for one client."""
    case = CASES[case_name]
    applied, prepared = ready
    peer.upgrade(wire.subprotocol)
    peer.send(fragmented(wire.greeting(), wire.opcode))
    following = cycle(prepared)
    for message in peer.messages():
        request_id = wire.call(message)
        if request_id is None:
            ids = wire.subscription(message)
            prepared = [addressed(frame, *ids) for frame in prepared]
            following = cycle(prepared)
            peer.send(addressed(applied, *ids))
        elif case.one_by_one:
            peer.send(fragmented(answering(next(following), request_id), wire.opcode))
        elif wire.opcode == 1:
            # 0.7.0 handles each message in a thread of its own, in any order: it gets the next one when it asks.
            peer.send(next(following))
        else:
            peer.send(b"".join(prepared))


def main() -> None:
    wire, case_name = WIRES[sys.argv[1]](), sys.argv[2]
    case = CASES[case_name]
    initial = [row(case, number, 0) for number in range(case.rows)]
    applied = fragmented(wire.applied(case, initial), wire.opcode)
    if case.one_by_one:
        # Two transactions that undo each other serve any number of calls.
        (deletes, inserts) = next(transactions(case))
        prepared = [wire.transaction(case, deletes, inserts), wire.transaction(case, inserts, deletes)]
    else:
        prepared = [
            fragmented(answering(wire.transaction(case, deletes, inserts), 0), wire.opcode)
            for deletes, inserts in transactions(case)
        ]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        sock, _ = listener.accept()
        with sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(OSError):  # the client has what it wanted and has gone
                serve(Peer(sock), wire, case_name, (applied, prepared))


if __name__ == "__main__":
    main()
