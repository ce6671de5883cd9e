"""Which proxy lies in between, as the environment says; loopback has none."""

from __future__ import annotations

import pytest

from spacetimedb_sdk import ConnectCause, ConnectError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.transport.opening.address import parse_host
from spacetimedb_sdk.transport.opening.proxies import Proxy, proxy_for
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE, until
from tests.transport.raw_server import RawConnection, RawServer
from tests.transport.test_bad_servers import Failure, failures

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ws_proxy", "wss_proxy")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("variable", NAMES[:3])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.0.0.2", "game.localhost"])
@pytest.mark.parametrize("tls", [False, True])
def test_loopback_never_goes_through_one(
    monkeypatch: pytest.MonkeyPatch, variable: str, host: str, tls: bool
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    assert proxy_for(parse_host(f"{host}:3000", tls)) is None


def test_a_server_on_loopback_is_reached_whatever_the_environment_says(
    embedded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    for place in (embedded, embedded.replace("127.0.0.1", "localhost")):
        HttpClient(place).ping()
        with SpacetimeDBClient.init(None, place, "conformance", False, bindings, timeout=PATIENCE) as client:
            until(lambda: client.is_connected, client)


@pytest.mark.parametrize(
    ("excepted", "host", "goes_through"),
    [
        ("", "example.com", True),
        ("*", "example.com", False),
        ("example.com", "example.com", False),
        (".example.com", "game.example.com", False),
        ("example.com", "notexample.com", True),
        ("other.org, 10.0.0.0/8", "10.1.2.3", False),
        ("10.0.0.0/8", "11.1.2.3", True),
        ("2001:db8::/32", "[2001:db8::7]", False),
        ("10.1.2.3", "10.1.2.3", False),
    ],
)
def test_no_proxy_is_honoured(
    monkeypatch: pytest.MonkeyPatch, excepted: str, host: str, goes_through: bool
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", excepted)
    found = proxy_for(parse_host(f"{host}:3000"))
    assert found == (Proxy("proxy.example", 3128) if goes_through else None)


def test_credentials_of_a_proxy_stay_out_of_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:s%40cret@proxy.example:3128")
    proxy = proxy_for(parse_host("https://example.com"))
    assert proxy is not None
    assert proxy.authorization == "Basic bWU6c0BjcmV0"
    assert proxy.shown == "proxy.example:3128"
    assert "cret" not in repr(proxy)
    assert "bWU" not in repr(proxy)


@pytest.mark.parametrize(
    "url", ["socks5://me:secret@proxy:1080", "https://proxy", "http://", "http://p:secret"]
)
def test_a_proxy_that_is_not_spoken_is_named(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("http_proxy", url)
    with pytest.raises(ConnectError) as caught:
        proxy_for(parse_host("example.com"))
    assert caught.value.cause is ConnectCause.PROXY
    assert "secret" not in str(caught.value)


@failures
@pytest.mark.parametrize(
    "behaviour",
    [
        lambda c: c.answer("407 Proxy Authentication Required"),
        lambda c: c.read_request(),
        lambda c: (c.read_request(), c.socket.sendall(b"x" * (1 << 20))),
    ],
    ids=["refuses", "hangs up", "babbles"],
)
def test_a_proxy_that_fails(failure: Failure, behaviour: object, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(behaviour) as proxy:  # type: ignore[arg-type]
        monkeypatch.setenv("http_proxy", f"http://{proxy.host}")
        error = failure("no-such-host.invalid:3000")
    assert isinstance(error, ConnectError)
    assert error.cause is ConnectCause.PROXY
    assert proxy.host in str(error)


@failures
def test_a_tunnel_carries_the_upgrade_and_the_proxy_gets_no_token(
    failure: Failure, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def behave(connection: RawConnection) -> None:
        asked.append(connection.read_request())
        connection.socket.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        connection.request = ""
        connection.answer("503 Service Unavailable", "starting")

    with RawServer(behave) as proxy:
        monkeypatch.setenv("http_proxy", f"http://me:pw@{proxy.host}")
        error = failure("example.invalid:3000", token="a-token")
    assert isinstance(error, ConnectError)
    assert error.cause is ConnectCause.UNAVAILABLE
    assert asked[0].startswith("CONNECT example.invalid:3000 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic bWU6cHc=" in asked[0]
    assert "a-token" not in asked[0]


def test_plain_http_names_the_whole_url_to_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def behave(connection: RawConnection) -> None:
        asked.append(connection.read_request())
        connection.answer("200 OK")

    with RawServer(behave) as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy.host}")
        HttpClient("http://example.invalid:3000/game").ping()
    assert asked[0].startswith("GET http://example.invalid:3000/game/v1/ping HTTP/1.1\r\n")
    assert "\r\nHost: example.invalid:3000\r\n" in asked[0]
