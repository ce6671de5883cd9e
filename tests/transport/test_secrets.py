"""A token is known to the client and the server it was meant for, and to nobody who reads logs, errors or recordings."""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk import ReconnectPolicy, SpacetimeDBException
from spacetimedb_sdk.client.options import ConnectOptions
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.testing import Recorder
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE, until
from tests.transport.raw_server import RawConnection, RawServer

SECRET = "eyJ0-a-secret-that-nobody-may-read"

Behaviour = Callable[[RawConnection], Any]


def echo(status: str) -> Behaviour:
    """A server that says everything again that it was told, as debug pages do, and puts a token into a header."""

    def behave(connection: RawConnection) -> None:
        body = connection.read_request()
        assert SECRET in body
        head = (
            f"HTTP/1.1 {status}\r\nspacetime-identity-token: {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.socket.sendall((head + body).encode())

    return behave


def told_of(error: BaseException) -> str:
    """Everything that a report of `error` may show: its chain, its attributes, its arguments."""
    shown = ["".join(traceback.format_exception(error)), repr(error), repr(error.args)]
    shown += [repr(value) for value in vars(error).values()]
    return "\n".join(shown)


def basic_error(host: str, **options: Any) -> SpacetimeDBException:
    client = SpacetimeDBClient.init(SECRET, host, "conformance", False, bindings, timeout=PATIENCE, **options)
    try:
        with pytest.raises(SpacetimeDBException) as caught:
            until(lambda: False, client)
    finally:
        client.close()
    return caught.value


def async_error(host: str, **options: Any) -> SpacetimeDBException:
    client = SpacetimeDBAsyncClient(bindings)
    with pytest.raises(SpacetimeDBException) as caught:
        asyncio.run(client.run(SECRET, host, "conformance", False, None, timeout=PATIENCE, **options))
    return caught.value


@pytest.mark.parametrize("error_of", [basic_error, async_error], ids=["basic", "async"])
@pytest.mark.parametrize(
    "behaviour",
    [
        *(echo(status) for status in ("401 Unauthorized", "404 Not Found", "400 no protocol", "500 Oops")),
        lambda c: (c.upgrade(), c.binary(b"\0" + SECRET.encode()), c.until_gone()),
        lambda c: c.read_request(),
    ],
    ids=["401", "404", "400", "500", "no message", "hung up"],
)
def test_no_error_and_no_log_has_it(
    error_of: Callable[..., SpacetimeDBException], behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with RawServer(behaviour) as server:
        error = error_of(server.host)
    logging.getLogger("a program").error("could not connect", exc_info=error)
    assert SECRET not in told_of(error)
    assert SECRET not in caplog.text


def test_no_error_of_http_has_it() -> None:
    for status in ("401 Unauthorized", "404 Not Found", "500 Oops"):
        with RawServer(echo(status)) as server, pytest.raises(SpacetimeDBException) as caught:
            HttpClient(f"http://{server.host}", SECRET).schema("conformance")
        assert SECRET not in told_of(caught.value)


def test_nothing_that_shows_itself_shows_it(embedded: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = HttpClient(f"http://{embedded}").identity().token
    options = ConnectOptions(token_provider=lambda: token, reconnect=ReconnectPolicy())
    client = SpacetimeDBClient.init(token, embedded, "conformance", False, bindings)
    until(lambda: client.is_connected, client)
    assert client.token == token
    seen: set[int] = set()
    shown = [repr(options), repr(HttpClient(f"http://{embedded}", token)), *_shown(client, seen, 3)]
    assert len(shown) > 50
    call = client.call_reducer("nothing")
    assert call.result(PATIENCE).committed
    shown += [repr(call), repr(call.result()), repr(client.sql("SELECT * FROM item"))]
    client.close()
    assert [text for text in shown if token in text] == []
    assert token not in caplog.text


def _shown(value: Any, seen: set[int], depth: int) -> list[str]:
    """What the SDK's objects say of themselves, those they hold included; plain strings are where a token has to be."""
    if id(value) in seen or depth < 0 or not type(value).__module__.startswith("spacetimedb_sdk"):
        return []
    seen.add(id(value))
    slots = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
    held = [getattr(value, name, None) for name in {*getattr(value, "__dict__", {}), *slots}]
    return [repr(value), str(value), *(text for item in held for text in _shown(item, seen, depth - 1))]


@pytest.mark.parametrize("protocol", ["v1", "v1.json", "v2", "v3"])
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_no_recording_has_it(embedded: str, tmp_path: Path, protocol: str, compression: str) -> None:
    token = HttpClient(f"http://{embedded}").identity().token
    path = tmp_path / "session.jsonl"
    with Recorder(path) as recorder, SpacetimeDBClient(bindings) as client:
        client.connect(
            token,
            embedded,
            "conformance",
            False,
            link_factory=recorder.connect,
            protocol=protocol,
            compression=compression,
        )
        until(lambda: client.is_connected, client)
        assert client.call_reducer("nothing").result(PATIENCE).committed
        given = client.token
    kept = path.read_bytes()
    assert kept.count(b"\n") > 2
    for secret in (token, given):
        assert secret
        assert not any(part in kept for part in _spellings(secret))
    assert path.stat().st_mode & 0o077 == 0


def _spellings(secret: str) -> list[bytes]:
    """The secret as it stands, and as it would stand inside base64, which begins at any of three places."""
    plain = secret.encode()
    middles = [base64.b64encode(bytes(shift) + plain)[8:-8] for shift in range(3)]
    return [plain, *middles]
