"""Where a server listens: written in any usual way, or refused with what to write."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module, Row, column, u32
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.addresses import listen_address
from spacetimedb_sdk.standalone.errors import AddressError

module = Module("addresses")


@module.table(public=True)
class Thing(Row):
    thing_id: u32 = column(primary_key=True)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("127.0.0.1:3000", ("127.0.0.1", 3000)),
        (":0", ("127.0.0.1", 0)),
        ("localhost:65535", ("localhost", 65535)),
        ("[::1]:3000", ("::1", 3000)),
        (("::1", 0), ("::1", 0)),
        (("[::1]", 0), ("::1", 0)),
        (["0.0.0.0", 1], ("0.0.0.0", 1)),
    ],
)
def test_an_address_in_any_usual_way(given: object, address: tuple[str, int]) -> None:
    assert listen_address(given) == address


@pytest.mark.parametrize(
    "given",
    ["localhost", "localhost:", ":", "::1", "::1:80", "h:65536", "h:-1", "h:１", "a b:1", 3000, None, ("h",), ("h", "1"),
     ("h", True), ("h", 70000), (1, 2), ("h", 1, 2), b"h:1", "http://h:1"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_the_way_to_write_it(given: Any) -> None:
    with pytest.raises(AddressError, match=r"HOST:PORT, for instance 127\.0\.0\.1:3000 or \[::1\]:3000"):
        Server(module, listen=given)


def test_texts_do_for_addresses_and_folders(tmp_path: Path) -> None:
    for _ in range(2):
        with Server(module, listen="127.0.0.1:0", data_dir=str(tmp_path / "data")) as server:
            assert server.host.startswith("127.0.0.1:")
    assert (tmp_path / "data" / "addresses.sqlite").exists()


def test_what_is_no_module_is_refused_with_what_to_give() -> None:
    rules: Any = "rules"
    with pytest.raises(TypeError, match="from rules import module"):
        Server(rules)


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_an_ipv6_address_is_one_that_clients_take() -> None:
    """Where the machine has no IPv6 the address is still written so that clients could take it."""
    if has_ipv6():
        with Server(module, listen="[::1]:0") as server:
            assert server.host == f"[::1]:{server.running.port}"
            assert HttpClient(server.url).schema("addresses")
    assert listen_address("[::1]:0") == ("::1", 0)
