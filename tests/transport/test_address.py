"""What a person writes as a server's address, and what it is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.transport.opening.address import database_path, is_loopback, parse_host


@pytest.mark.parametrize(
    ("text", "url", "host", "port"),
    [
        ("localhost:3000", "http://localhost:3000", "localhost", 3000),
        (" http://localhost/ ", "http://localhost", "localhost", 80),
        ("https://example.com", "https://example.com", "example.com", 443),
        ("https://example.com/game", "https://example.com/game", "example.com", 443),
        ("HTTPS://example.com:8443/a/b/", "https://example.com:8443/a/b", "example.com", 8443),
        ("wss://example.com/game", "https://example.com/game", "example.com", 443),
        ("[::1]:3000", "http://[::1]:3000", "::1", 3000),
        ("ws://[fe80::1%eth0]", "http://[fe80::1%eth0]", "fe80::1%eth0", 80),
        ("example.com/game", "http://example.com/game", "example.com", 80),
    ],
)
def test_forms(text: str, url: str, host: str, port: int) -> None:
    address = parse_host(text)
    assert (address.url, address.host, address.port) == (url, host, port)
    assert address.websocket_url == url.replace("http", "ws", 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "http://", "a b", "a\r\nX: 1", "a\x00b", "::1", "[::1", "host:", "host:0", "host:65536"),
        *("host:port", "ftp://host", "host/../x", "host/a b", "host/a\r\nX: 1", "host//x", "host/é"),
        *("user:secret@host", "host?token=secret", "host#secret", "http://user:secret@host/x?secret#secret"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_secrets(text: str) -> None:
    with pytest.raises(ValueError, match=r"give|scheme|port") as caught:
        parse_host(text)
    said = str(caught.value)
    assert "secret" not in said
    assert said.isprintable()


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused_in_one_line(text: str) -> None:
    refused = ""
    try:
        address = parse_host(text)
    except ValueError as error:
        refused = str(error)
    else:
        assert 0 < address.port < 1 << 16
        assert parse_host(address.url) == address
    assert refused.isprintable()


def test_an_explicit_scheme_has_to_agree() -> None:
    assert parse_host("https://h", True).tls
    assert parse_host("h", True).tls
    for scheme, said in (("https", False), ("wss", False), ("http", True)):
        with pytest.raises(ValueError, match="make them agree"):
            parse_host(f"{scheme}://h", said)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "127.1",
            "::1",
            "[::1]",
        ),
        *("::ffff:127.0.0.1", "0.0.0.0", "::"),
    ],
)
def test_this_machine_however_it_is_spelled(host: str) -> None:
    assert is_loopback(host)
    assert parse_host(f"[{host.strip('[]')}]:1" if ":" in host else f"{host}:1").is_loopback


@pytest.mark.parametrize(
    "host", ["localhost.example.com", "10.0.0.1", "example.com", "fe80::1", "128.0.0.1", "é"]
)
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)


def test_a_database_is_one_segment_of_the_path() -> None:
    assert database_path("blackholio") == "/v1/database/blackholio"
    assert database_path("a/b?c#d\r\ne") == "/v1/database/a%2Fb%3Fc%23d%0D%0Ae"
    assert database_path("..") == "/v1/database/%2E%2E"
    for name in ("", "\ud800"):
        with pytest.raises(ValueError, match="give its name"):
            database_path(name)
