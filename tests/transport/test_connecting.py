"""Connecting has one time limit for all of it, tells its causes apart, and takes a token nowhere else."""

from __future__ import annotations

import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import websocket

from spacetimedb_sdk import (
    AuthenticationError,
    ConnectCause,
    ConnectError,
    ConnectionState,
    SpacetimeDBException,
)
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.transport.opening.address import parse_host
from spacetimedb_sdk.transport.opening.dialing import Attempt, dial
from tests.codegen.golden import conformance as bindings
from tests.plugins.ports import held_port
from tests.plugins.waiting import PATIENCE, until
from tests.transport.raw_server import RawConnection, RawServer
from tests.transport.test_bad_servers import Failure, failures

SECRET = "eyJ-secret"


class FakeClock:
    """Time that passes when it is looked at: a second each time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def http_failure(
    host: str, database: str = "conformance", token: str | None = None, timeout: float = PATIENCE
) -> SpacetimeDBException:
    with pytest.raises(SpacetimeDBException) as caught:
        HttpClient(host, token, timeout=timeout).schema(database)
    return caught.value


def websocket_failure(
    host: str, database: str = "conformance", token: str | None = None, timeout: float = PATIENCE
) -> SpacetimeDBException:
    def connect() -> None:
        with SpacetimeDBClient.init(token, host, database, False, bindings, timeout=timeout) as client:
            while True:
                client.update(timeout=1)

    with pytest.raises(SpacetimeDBException) as caught:
        connect()
    return caught.value


@pytest.fixture(params=[websocket_failure, http_failure], ids=["websocket", "http"])
def cause(request: pytest.FixtureRequest) -> Callable[..., ConnectCause]:
    """Why it fails, over WebSocket or HTTP."""

    def of(host: str, **options: Any) -> ConnectCause:
        error = request.param(host, **options)
        assert isinstance(error, ConnectError), repr(error)
        assert error.reason
        return error.cause

    return of


def test_causes_are_the_same_for_websocket_and_http(
    cause: Callable[..., ConnectCause], embedded: str
) -> None:
    with held_port() as silent_port:
        assert cause(f"127.0.0.1:{silent_port}") is ConnectCause.REFUSED
    assert cause("no-such-host.invalid:3000") is ConnectCause.UNKNOWN_HOST
    assert cause(embedded, database="no-such-db") is ConnectCause.NO_DATABASE
    assert cause(embedded, token="garbage") is ConnectCause.UNAUTHORIZED
    assert cause(embedded, token="a\r\nX: 1") is ConnectCause.BAD_TOKEN
    assert cause(embedded, database="\ud800") is ConnectCause.BAD_ADDRESS
    with RawServer(lambda c: c.until_gone()) as silent:
        assert cause(silent.host, timeout=0.2) is ConnectCause.TIMED_OUT

    def speaks_ssh(connection: RawConnection) -> None:
        connection.read_request()
        connection.socket.sendall(b"SSH-2.0\r\n")

    with RawServer(speaks_ssh) as other:
        assert cause(other.host) is ConnectCause.NOT_SPACETIMEDB


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_no_redirect_is_followed(cause: Callable[..., ConnectCause], status: str) -> None:
    reached: list[str] = []

    def elsewhere(connection: RawConnection) -> None:
        reached.append(connection.read_request())

    with RawServer(elsewhere) as other:

        def redirect(connection: RawConnection) -> None:
            connection.read_request()
            connection.socket.sendall(
                f"HTTP/1.1 {status}\r\nLocation: ws://{other.host}/\r\nContent-Length: 0\r\n\r\n".encode()
            )

        with RawServer(redirect) as server:
            assert cause(server.host, token=SECRET) is ConnectCause.REDIRECTED
    assert reached == []


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"]
)
def test_an_answer_byte_by_byte_ends_with_the_time_limit(
    cause: Callable[..., ConnectCause], start: bytes
) -> None:
    def behave(connection: RawConnection) -> None:
        connection.read_request()
        connection.socket.sendall(start)
        while True:
            connection.socket.sendall(b"a")
            time.sleep(0.05)

    with RawServer(behave) as server:
        assert cause(server.host, timeout=0.3) is ConnectCause.TIMED_OUT


def test_headers_without_end_are_given_up(cause: Callable[..., ConnectCause]) -> None:
    def behave(connection: RawConnection) -> None:
        connection.read_request()
        connection.socket.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            connection.socket.sendall(b"X-Header: " + b"x" * 5000 + b"\r\n")

    with RawServer(behave) as server:
        # It is the bytes that end it: on a busy machine they take their time.
        assert cause(server.host, timeout=PATIENCE) is ConnectCause.NOT_SPACETIMEDB


def test_the_time_limit_covers_the_whole_attempt() -> None:
    clock = FakeClock()
    attempt = Attempt(5.0, clock)
    with RawServer(lambda c: c.until_gone()) as server:
        sock, _ = dial(parse_host(server.host), attempt)
        sock.close()
        clock.now += 5.0
        with pytest.raises(ConnectError) as caught:
            dial(parse_host(server.host), attempt)
    assert caught.value.cause is ConnectCause.TIMED_OUT


def test_a_name_server_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def resolve(host: str, port: int, **options: object) -> list[object]:
        if options.get("flags"):
            raise socket.gaierror
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(ConnectError) as caught:
        dial(parse_host("slow.example"), Attempt(0.2))
    release.set()
    assert caught.value.cause is ConnectCause.TIMED_OUT


def test_the_thread_that_connects_ends_when_the_client_is_closed() -> None:
    def connecting() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "spacetimedb-connect"]

    # One of another test's may be about to end.
    before = connecting()
    with RawServer(lambda c: c.until_gone()) as server:
        client = SpacetimeDBClient.init(None, server.host, "conformance", False, bindings, timeout=3600)
        (thread,) = (each for each in connecting() if each not in before)
        client.close()
        thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.mark.parametrize("blank", ["\n", "\r\n", " ", "\t", "  \n"])
def test_blanks_around_a_token_are_no_part_of_it(embedded: str, blank: str) -> None:
    issued = HttpClient(embedded).identity()
    token = f"{blank}{issued.token}{blank}"
    assert HttpClient(embedded, token).identity_of("conformance") == issued.identity
    with SpacetimeDBClient.init(token, embedded, "conformance", False, bindings) as client:
        while client.identity is None:
            client.update(timeout=1)
        assert client.identity == issued.identity


@pytest.mark.parametrize(
    "token",
    [f"{SECRET}\r\nX: 1", f"{SECRET}\x00", f"{SECRET} b", f"é{SECRET}", f"{SECRET}\ud800", f"\x1b{SECRET}"],
)
@failures
def test_a_token_that_no_header_can_hold_is_refused_before_anything_is_sent(
    failure: Failure, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reached: list[str] = []
    with RawServer(lambda c: reached.append(c.read_request())) as server:
        for error in (failure(server.host, token=token), http_failure(server.host, token=token)):
            assert isinstance(error, AuthenticationError)
            assert error.cause is ConnectCause.BAD_TOKEN
            shown = "".join(traceback.format_exception(error)) + repr(vars(error)) + caplog.text
            assert SECRET not in shown
    assert reached == []


@failures
@pytest.mark.parametrize("database", ["a\r\nX: 1", "a b", "é", "a/../b", "..", "a?token=1#x"])
def test_a_database_name_injects_nothing(failure: Failure, database: str) -> None:
    asked: list[str] = []

    def behave(connection: RawConnection) -> None:
        asked.append(connection.read_request())
        connection.answer("404 Not Found")

    with RawServer(behave) as server:
        error = failure(server.host, database)
    assert isinstance(error, ConnectError)
    assert error.cause is ConnectCause.NO_DATABASE
    first, *headers = asked[0].split("\r\n")
    assert first.count(" ") == 2
    assert "X: 1" not in headers


def test_the_library_beneath_never_has_the_token(capfd: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []
    websocket.enableTrace(True)
    try:
        with RawServer(lambda c: (asked.append(c.read_request()), c.answer("503 Busy"))[0]) as server:
            websocket_failure(server.host, token=SECRET)
    finally:
        websocket.enableTrace(False)
    out, err = capfd.readouterr()
    assert f"Authorization: Bearer {SECRET}\r\n" in asked[0]
    assert "Authorization: Bearer" in out + err
    assert SECRET not in out + err


@failures
def test_a_servers_text_is_shown_on_one_line_and_obeyed_by_no_terminal(failure: Failure) -> None:
    evil = "\x1b[31mEVIL\r\n12:00:00 fake line" + "x" * 5000
    with RawServer(lambda c: c.answer("500 Oops", evil)) as server:
        told = str(failure(server.host))
    assert told.isprintable()
    assert len(told) < 500


@pytest.mark.parametrize("end", ["cancelled", "timed out"])
def test_an_attempt_that_ends_before_the_schema_is_asked_for_is_no_fault_of_the_sdk(end: str) -> None:
    attempt = Attempt(None if end == "cancelled" else 0.5, FakeClock())
    if end == "cancelled":
        attempt.cancel()
    server = HttpClient("http://127.0.0.1:9")
    with pytest.raises(ConnectError):
        server.schema("conformance", within=attempt.share(0.5))


def test_a_client_that_is_closed_while_it_connects_says_nothing(
    embedded: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    share, asked = Attempt.share, threading.Event()

    def ended(attempt: Attempt, part: float) -> Attempt:
        attempt.cancel()
        try:
            return share(attempt, part)
        finally:
            asked.set()

    monkeypatch.setattr(Attempt, "share", ended)
    with caplog.at_level(logging.WARNING):
        client = SpacetimeDBClient.init(
            None, embedded, "conformance", False, bindings, on_error=lambda _: None
        )
        until(lambda: asked.is_set() and client.state is ConnectionState.CLOSED, client)
    assert "fault of the SDK" not in caplog.text
