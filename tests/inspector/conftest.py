"""A server with every kind of type, and the inspector's parts over it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spacetimedb_sdk.bindings.live import LiveBindings
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_2x_module import module


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(module, database="conformance") as running:
        yield running


@pytest.fixture
def owner(server: Server) -> HttpClient:
    return HttpClient(server.url, server.owner_token)


@pytest.fixture(scope="session")
def live() -> LiveBindings:
    """Of the same module, without a server."""
    return LiveBindings(module.definition())
