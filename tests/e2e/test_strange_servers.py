"""Servers that are none, or talk nonsense: one sentence, no hang."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Run

COMMANDS = {
    "play": ("play", "--headless", "--seconds", "60"),
    "bots": ("bots", "--count", "2", "--seconds", "60"),
}
Answer = Callable[[socket.socket, bytes], None]
Serve = Callable[[Answer], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve every connection with `answer(socket, request)`; the address."""
    with ExitStack() as stack:

        def start(answer: Answer) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def accept() -> None:
                with suppress(OSError):  # the end of the test closes the sockets
                    while True:
                        connection, _ = listener.accept()
                        stack.callback(connection.close)
                        Thread(target=talk, args=(connection,), daemon=True).start()

            def talk(connection: socket.socket) -> None:
                with suppress(OSError):
                    request = b""
                    while b"\r\n\r\n" not in request:
                        data = connection.recv(4096)
                        if not data:
                            return
                        request += data
                    answer(connection, request)

            Thread(target=accept, daemon=True).start()
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return f"127.0.0.1:{listener.getsockname()[1]}"

        yield start


def upgrade(connection: socket.socket, request: bytes) -> None:
    """Answer the handshake of a WebSocket as a server of v1.bsatn does."""
    found = re.search(rb"(?i)sec-websocket-key: *(\S+)", request)
    if found is None:  # the question for the schema, which such a server knows nothing of
        raise ConnectionAbortedError
    accept = base64.b64encode(hashlib.sha1(found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\nSec-WebSocket-Protocol: v1.bsatn.spacetimedb\r\n\r\n"
    )


def junk_message(connection: socket.socket, request: bytes) -> None:
    """A binary message whose content is no message of the protocol."""
    upgrade(connection, request)
    connection.sendall(b"\x82\x08" + b"\x00\xff" + b"rubbish"[:6])
    connection.recv(1)


def junk_frame(connection: socket.socket, request: bytes) -> None:
    """Bytes that are no WebSocket frame: all reserved bits and a reserved opcode."""
    upgrade(connection, request)
    connection.sendall(b"\xff\xff" + bytes(range(64)))
    connection.recv(1)


def web_page(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello")


def hang_up(connection: socket.socket, request: bytes) -> None:
    connection.close()


def silence(connection: socket.socket, request: bytes) -> None:
    connection.recv(1)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("answer", [junk_message, junk_frame, web_page, hang_up, silence])
def test_a_strange_server_is_told_in_one_sentence(
    run: Run, serve: Serve, command: tuple[str, ...], answer: Answer
) -> None:
    program = run(*command, "--server", serve(answer))
    # Who answers nothing that a SpacetimeDB would answer is no server there; one that breaks its word is a failure.
    expected = 1 if answer in (junk_message, junk_frame) else 3
    assert program.code == expected, program.errors
    assert len(program.errors) == 1, program.errors
    assert program.errors[0].startswith("run_game.py: ")
    assert any(
        remedy in program.errors[0]
        for remedy in ("is it a SpacetimeDB", "the server answered 200", "check host")
    )
