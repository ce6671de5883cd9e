"""HTTP made to cost, to break or to betray: it is refused in a line, and nobody's token is in any."""

from __future__ import annotations

import gzip
import logging
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.standalone import Database, Limits, Server
from tests.hostile.clients import PATIENCE, Victim
from tests.hostile.hostile_module import module
from tests.plugins.waiting import until

SECRET = "eyJ0b2tlbiI6InNlY3JldCJ9"
SQL = "POST /v1/database/hostile/sql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(module, database="hostile", limits=Limits(request_seconds=0.5)) as running:
        yield running


def said(server: Server, data: bytes) -> bytes:
    """Everything the server answers to these bytes."""
    host, port = server.host.rsplit(":", 1)
    answer = b""
    with socket.create_connection((host, int(port)), timeout=60) as peer:
        peer.sendall(data)
        try:
            while part := peer.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
    return answer


def answered(server: Server, data: bytes) -> bytes:
    """The same, asked for again where a busy machine has kept the bytes on their way for longer than a request may take."""
    answers: list[bytes] = []
    until(lambda: answers and answers[-1], lambda: answers.append(said(server, data)))
    return answers[-1]


def ended(peer: socket.socket) -> bool:
    """Waits until the server has ended the connection."""
    try:
        return peer.recv(1) == b""
    except ConnectionResetError:
        return True


def status(server: Server, head: str, body: bytes = b"") -> int:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return int(answered(server, f"{head}{length}\r\n".encode("latin-1") + body).split()[1])


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (f"{SQL}Authorization: Bearer t\xe4st\r\n", b"SELECT * FROM item", 401),
        (f"{SQL}Content-Encoding: br\r\n", b"junk", 400),
        (f"{SQL}Content-Encoding: zstd\r\n", b"junk", 400),
        (f"{SQL}Content-Encoding: gzip\r\n", b"junk", 400),
        (f"{SQL}Content-Encoding: gzip\r\n", gzip.compress(b"SELECT * FROM item", mtime=0)[:-9], 400),
        (f"{SQL}Content-Encoding: gzip\r\n", gzip.compress(b"SELECT * FROM item", mtime=0), 200),
        # A thousand times its own length: unpacked as far as the limit, and no further.
        (f"{SQL}Content-Encoding: gzip\r\n", gzip.compress(bytes(64 << 20), mtime=0), 413),
        (SQL, b"SELECT * FROM item WHERE id IN " + b"(SELECT id FROM item " * 100 + b")" * 100, 400),
        (SQL, b"SELECT * FROM item LIMIT " + b"9" * 5000, 400),
        ("GET /v1/database/hostile/logs?num_lines=" + "9" * 5000 + " HTTP/1.1\r\nHost: x\r\n", b"", 401),
    ],
    ids=lambda part: str(part)[:60],
)
def test_odd_requests_are_refused(
    server: Server, head: str, body: bytes, expected: int, caplog: pytest.LogCaptureFixture
) -> None:
    if "logs" in head:
        head += f"Connection: close\r\nAuthorization: Bearer {server.owner_token}\r\n"
        expected = 400
    assert status(server, head, body) == expected
    assert "Traceback" not in caplog.text


BROKEN = [
    f"GET /v1/ping?token={SECRET} HTTP/9.9.9\r\n\r\n",
    f"G\x00T /v1/ping?token={SECRET} HTTP/1.1\r\n\r\n",
    f"GET /v1/ping HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\nX: y\r\n\r\n",
    f"GET /v1/ping HTTP/1.1\r\nAuthorization : Bearer {SECRET}\r\n\r\n",
    f"GET /v1/ping HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\x01\r\n\r\n",
    f"POST /v1/identity HTTP/1.1\r\nContent-Length: -1\r\nAuthorization: Bearer {SECRET}\r\n\r\n",
    f"POST /v1/identity HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz{SECRET}\r\n",
    f"GET /v1/ping HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\x00\xff\r\n\r\n",
    f"GET /v1/ping HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n {SECRET}\r\n\r\n",
    f"GET /v1/ping HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}{'x' * 20_000}\r\n\r\n",
    f"GET /v1/ping?token={SECRET}{'%ff' * 6_000} HTTP/1.1\r\nHost: x\r\n\r\n",
    f"GET /v1/ping?token={SECRET}\xe4\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    f"GET http://[{SECRET}/v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    f"GET /v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: {SECRET}\xff\r\n\r\n",
    f"GET /v1/{SECRET}\x1b[31m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    f"GET /v1/database/hostile/subscribe?token={SECRET} HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\n"
    f"Upgrade: websocket\r\nSec-WebSocket-Key: {SECRET}\xff\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: v2.bsatn.spacetimedb\r\n\r\n",
]


@pytest.mark.parametrize("name", ["Key", "Version", "Protocol", "Extensions", "Accept"])
def test_no_bytes_in_a_header_of_the_handshake_make_it_fail(
    server: Server, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    for value in (
        b"\xff",
        b"\xed\xa0\x80",
        "é".encode(),
        "\u202e".encode(),
        b"13, \xff",
        b"",
        b"-1",
        b"9" * 5_000,
    ):
        names = {
            "Key": b"AAAAAAAAAAAAAAAAAAAAAA==",
            "Version": b"13",
            "Protocol": b"v2.bsatn.spacetimedb",
            name: value,
        }
        head = b"".join(b"Sec-WebSocket-%s: %s\r\n" % (key.encode(), text) for key, text in names.items())
        request = b"GET /v1/database/hostile/subscribe HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        # A Close of the client's, where it was let in.
        answer = answered(server, request + head + b"\r\n" + b"\x88\x80\0\0\0\0")
        assert answer.split()[1] in (b"101", b"400")
    assert "Traceback" not in caplog.text


def test_what_cannot_be_read_is_said_in_a_line_without_a_word_of_it(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for _ in range(5):
            for data in BROKEN:
                said(server, data.encode("latin-1"))
    assert SECRET not in caplog.text
    assert "Traceback" not in caplog.text
    assert len([record for record in caplog.records if record.name.endswith("http")]) <= 2


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40),
    header=st.text(st.characters(max_codepoint=255), max_size=60),
    body=st.binary(max_size=40),
)
def test_no_bytes_make_it_fail(
    server: Server, caplog: pytest.LogCaptureFixture, line: str, header: str, body: bytes
) -> None:
    data = f"{line} /v1/database/hostile/sql?token={SECRET} HTTP/1.1\r\nConnection: close\r\n{header}\r\n\r\n"
    answer = said(server, data.encode("latin-1") + body)
    assert b" 500 " not in answer[:16]
    assert SECRET not in caplog.text
    assert "Traceback" not in caplog.text


def test_who_says_nothing_is_let_go_and_makes_room(caplog: pytest.LogCaptureFixture) -> None:
    limits = Limits(connections=20, request_seconds=600.0)
    with Server(module, database="hostile", limits=limits) as server, Victim(server) as victim:
        host, port = server.host.rsplit(":", 1)
        silent = [socket.create_connection((host, int(port)), timeout=PATIENCE) for _ in range(60)]
        try:
            # Of the silent ones those that came first go, however many come at once: there is room for one who asks.
            for peer in silent[:40]:
                assert ended(peer)
            assert status(server, SQL, b"SELECT * FROM item") == 200
        finally:
            for peer in silent:
                peer.close()
    assert victim.waits
    assert "Traceback" not in caplog.text


def test_those_who_come_at_once_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    limits = Limits(connections=20, request_seconds=600.0)
    with Server(module, database="hostile", limits=limits) as server:
        host, port = server.host.rsplit(":", 1)
        held, release = threading.Event(), threading.Event()

        def hold(database: Database) -> None:
            held.set()
            release.wait(PATIENCE)

        # While the loop is held they wait at the listening socket, and are let in in one turn.
        holding = threading.Thread(target=server.run, args=(hold,))
        holding.start()
        assert held.wait(PATIENCE)
        silent = [socket.create_connection((host, int(port)), timeout=PATIENCE) for _ in range(60)]
        release.set()
        holding.join()
        try:
            for peer in silent[:40]:
                assert ended(peer)
        finally:
            for peer in silent:
                peer.close()
    assert "Traceback" not in caplog.text


def test_a_request_that_does_not_become_whole_ends(server: Server) -> None:
    assert said(server, b"GET /v1/ping HTT") == b""
    assert b" 408 " in answered(server, f"{SQL}Content-Length: 100\r\n\r\nSELECT".encode())
