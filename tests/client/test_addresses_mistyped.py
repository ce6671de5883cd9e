"""An address that cannot be one is an error of the SDK, whichever way a program connects: it is caught with the others."""

from __future__ import annotations

import asyncio
import pickle

import pytest

from spacetimedb_sdk.errors import BadAddressError, ConnectCause, ConnectError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from tests.codegen.golden import conformance as bindings

ADDRESSES = ["ftp://localhost", "two words", "localhost:99999", "user:secret@localhost"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_way_to_connect_says_so(address: str) -> None:
    client = SpacetimeDBClient(bindings)
    with pytest.raises(ConnectError, match=r"^host ") as refused:
        client.connect(None, address, "conformance", None)
    assert refused.value.cause is ConnectCause.BAD_ADDRESS
    assert isinstance(refused.value, ValueError)
    assert "secret" not in str(refused.value)
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
    with pytest.raises(BadAddressError, match=r"^host "):
        asyncio.run(SpacetimeDBAsyncClient(bindings).run(None, address, "conformance", None, None, []))
    with pytest.raises(BadAddressError, match=r"^host "):
        HttpClient(address)


def test_a_database_without_a_name() -> None:
    with pytest.raises(BadAddressError, match=r"cannot connect to http://localhost: .*give its name"):
        HttpClient("localhost").call("", "reducer", [])
