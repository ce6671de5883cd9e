"""Wrong hosts, wrong answers, junk, silence: one typed error that names the remedy, no hang, and nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk import (
    AuthenticationError,
    ConnectError,
    ConnectionLost,
    DatabaseNotFoundError,
    ProtocolError,
    SchemaMismatchError,
    SpacetimeDBException,
)
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.types import TimeDuration
from tests.codegen.golden import conformance as bindings
from tests.plugins.ports import held_port
from tests.plugins.waiting import PATIENCE, until
from tests.transport.raw_server import RawConnection, RawServer


def basic_failure(
    host: str, database: str = "conformance", token: str | None = None, timeout: float = PATIENCE
) -> SpacetimeDBException:
    """What `update()` raises, without an `on_error`."""
    client = SpacetimeDBClient.init(token, host, database, False, bindings, timeout=timeout)
    try:
        with pytest.raises(SpacetimeDBException) as caught:
            until(lambda: False, client)
        client.update()
        assert not client.is_connected
        return caught.value
    finally:
        client.close()


def async_failure(
    host: str, database: str = "conformance", token: str | None = None, timeout: float = PATIENCE
) -> SpacetimeDBException:
    """What `run()` raises."""

    async def run() -> None:
        async with asyncio.timeout(2 * PATIENCE):
            await SpacetimeDBAsyncClient(bindings).run(token, host, database, False, None, timeout=timeout)

    with pytest.raises(SpacetimeDBException) as caught:
        asyncio.run(run())
    return caught.value


failures = pytest.mark.parametrize("failure", [basic_failure, async_failure], ids=["basic", "async"])
Failure = Callable[..., SpacetimeDBException]


@failures
def test_nothing_listens(failure: Failure) -> None:
    with held_port() as port:
        error = failure(f"127.0.0.1:{port}")
    assert isinstance(error, ConnectError)
    assert str(error) == (
        f"cannot connect to http://127.0.0.1:{port}: nothing listens there: start the server, or check host and port"
    )


@failures
def test_a_host_that_does_not_exist(failure: Failure) -> None:
    assert "no such host" in str(failure("no-such-host.invalid:3000"))


@failures
def test_a_token_the_server_refuses(failure: Failure, embedded: str) -> None:
    error = failure(embedded, token="garbage")
    assert isinstance(error, AuthenticationError)
    assert "use one it issued, or none to get a new identity" in str(error)
    assert "garbage" not in str(error)


@failures
def test_a_database_it_does_not_have(failure: Failure, embedded: str) -> None:
    error = failure(embedded, "no-such-db")
    assert isinstance(error, DatabaseNotFoundError)
    assert "there is no database 'no-such-db' on it" in str(error)


@pytest.mark.parametrize(
    ("behaviour", "kind", "complaint"),
    [
        (lambda c: c.answer("200 OK", "hello"), ConnectError, "answered 200 (hello)"),
        (lambda c: c.answer("404 Not Found", "<html>nginx"), ConnectError, "whose path may be another"),
        (
            lambda c: c.answer("400 Bad Request", "no valid protocol selected"),
            ConnectError,
            "its version is not supported",
        ),
        (lambda c: c.answer("503 Service Unavailable"), ConnectError, "answered 503 (no text)"),
        (lambda c: c.upgrade("v9.other"), ConnectError, "is it a SpacetimeDB"),
        (lambda c: c.upgrade(), ConnectError, "connect reducer may have refused"),
        (lambda c: c.read_request(), ConnectError, "is it a SpacetimeDB"),
        (
            lambda c: (c.upgrade(), c.binary(b"\0junk"), c.until_gone()),
            ProtocolError,
            "message: ServerMessage",
        ),
        (lambda c: (c.upgrade(), c.binary(b""), c.until_gone()), ProtocolError, "empty frame"),
        (lambda c: (c.upgrade(), c.binary(b"\x09x"), c.until_gone()), ProtocolError, "unknown compression 9"),
        (lambda c: (c.upgrade(), c.binary(b"\x02x"), c.until_gone()), ProtocolError, "broken gzip"),
        (
            lambda c: (c.upgrade(), c.socket.sendall(b"\xff\xff\xff\xff"), c.until_gone()),
            ProtocolError,
            "masked",
        ),
    ],
    ids=[
        "http",
        "another path",
        "no protocol",
        "503",
        "other protocol",
        "dropped",
        "hung up",
        "junk",
        "empty",
        "compression",
        "gzip",
        "frames",
    ],
)
@failures
def test_servers_that_are_none(
    failure: Failure, behaviour: Any, kind: type[Exception], complaint: str
) -> None:
    with RawServer(behaviour) as server:
        error = failure(server.host)
    assert isinstance(error, kind)
    assert complaint in str(error)


@failures
def test_a_server_that_never_answers(failure: Failure) -> None:
    with RawServer(lambda connection: connection.until_gone()) as server:
        assert "no answer within 0.5 s" in str(failure(server.host, timeout=0.5))


def test_rows_that_do_not_fit_the_bindings_are_named() -> None:
    wrong = v1.RowList(v1.FixedSize(3), b"abcabc")
    update = v1.TableUpdate(
        4097, "note", 2, [v1.Uncompressed(v1.QueryUpdate(v1.RowList(v1.RowOffsets([]), b""), wrong))]
    )

    def behave(connection: RawConnection) -> None:
        connection.welcome()
        connection.say(v1.InitialSubscription(v1.DatabaseUpdate([update]), 1, TimeDuration(1)))
        connection.until_gone()

    with RawServer(behave) as server:
        error = basic_failure(server.host)
    assert isinstance(error, SchemaMismatchError)
    assert error.table == "note"
    assert "regenerate them" in str(error)


def test_rows_of_an_unknown_table_are_skipped_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    rows = v1.RowList(v1.FixedSize(1), b"ab")
    update = v1.TableUpdate(1, "brand_new", 2, [v1.Uncompressed(v1.QueryUpdate(rows, rows))])

    def behave(connection: RawConnection) -> None:
        connection.welcome()
        connection.say(v1.InitialSubscription(v1.DatabaseUpdate([update]), 1, TimeDuration(1)))
        connection.say(v1.TransactionUpdateLight(0, v1.DatabaseUpdate([update])))
        connection.until_gone()

    applied: list[int] = []
    with RawServer(behave) as server:
        client = SpacetimeDBClient.init(
            None, server.host, "conformance", False, bindings, verify_schema=False
        )
        client.subscribe(["SELECT * FROM note"])
        client.register_on_subscription_applied(lambda: applied.append(1))
        until(lambda: applied and client.stats.transactions == 1, client)
        client.close()
    assert [record.message for record in caplog.records] == [
        "rows of table brand_new are skipped: the bindings do not know it, regenerate them"
    ]


def test_a_connection_that_is_lost_is_told_with_the_servers_reason() -> None:
    def behave(connection: RawConnection) -> None:
        connection.welcome()
        connection.control(0x8, (1001).to_bytes(2, "big") + b"module exited")
        connection.until_gone()

    reasons: list[str] = []
    with RawServer(behave) as server:
        client = SpacetimeDBClient.init(
            None, server.host, "conformance", False, bindings, on_disconnect=reasons.append
        )
        until(lambda: reasons, client)
        client.close()

        async def run() -> None:
            await SpacetimeDBAsyncClient(bindings).run(None, server.host, "conformance", False, None)

        with pytest.raises(ConnectionLost, match="module exited"):
            asyncio.run(run())
    assert reasons == ["the server closed it with 1001 (module exited)"]


def test_pings_are_answered_while_the_program_does_something_else() -> None:
    answers: list[tuple[int, bytes]] = []

    def behave(connection: RawConnection) -> None:
        connection.welcome()
        connection.control(0x9, b"are you there")
        while not answers:
            opcode, payload = connection.read_frame()
            if opcode != 0x9:  # it asks by itself, too, when it has waited for long
                answers.append((opcode, payload))
        connection.until_gone()

    with RawServer(behave) as server:
        client = SpacetimeDBClient.init(None, server.host, "conformance", False, bindings)
        until(lambda: answers)
        client.close()
    assert answers == [(0xA, b"are you there")]


def test_a_message_beyond_the_bound_ends_the_connection_before_it_is_all_there() -> None:
    def behave(connection: RawConnection) -> None:
        connection.welcome()
        while True:
            connection.socket.sendall(
                b"\x02\x7e\x10\x00" + bytes(4096) if not sent else b"\x00\x7e\x10\x00" + bytes(4096)
            )
            sent.append(4096)

    sent: list[int] = []
    with RawServer(behave) as server:
        client = SpacetimeDBClient.init(
            None, server.host, "conformance", False, bindings, message_limit=100_000
        )
        with pytest.raises(ProtocolError, match="a message of more than 100000 bytes"):
            until(lambda: False, client)
        client.close()


@pytest.mark.parametrize(
    ("host", "ssl_enabled", "complaint"),
    [
        ("https://example.com", False, "make them agree"),
        ("ftp://example.com", False, "the scheme must be"),
        ("", False, "give HOST or HOST:PORT"),
        ("a b:3000", False, "give HOST or HOST:PORT"),
    ],
)
def test_hosts_that_cannot_be(host: str, ssl_enabled: bool, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SpacetimeDBClient.init(None, host, "conformance", ssl_enabled, bindings)


def test_a_module_where_the_token_should_be_is_told_what_to_write(embedded: str) -> None:
    with pytest.raises(TypeError, match=r"init\(auth_token, host"):
        SpacetimeDBClient.init(bindings, embedded, "conformance", False, bindings)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="generated bindings"):
        SpacetimeDBClient.init(None, embedded, "conformance", False, socket)
