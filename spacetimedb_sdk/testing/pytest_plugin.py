"""Fixtures for pytest: `pytest_plugins = ["spacetimedb_sdk.testing.pytest_plugin"]` in a conftest, or `-p` on the line.

    def test_joining(spacetimedb_server, spacetimedb_client):
        server = spacetimedb_server(module)
        client = spacetimedb_client(server, module_bindings, ["SELECT * FROM player"])

Each is a factory: what it makes is closed with the test.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import ModuleType
from typing import Any

import pytest

from ..module import Module
from ..netsim.proxy import BadNetwork
from ..spacetimedb_client import SpacetimeDBClient
from ..standalone import Server
from .lock_step import LockStep

__all__ = ["bad_network", "lock_step", "spacetimedb_client", "spacetimedb_server"]

# For the first rows on a busy machine: longer means that they do not come.
PATIENCE = 10.0


@pytest.fixture
def spacetimedb_server() -> Iterator[Callable[..., Server]]:
    """`spacetimedb_server(module, **options)`: an embedded server on a free port of loopback; options as `Server` has."""
    with ExitStack() as stack:

        def make(module: Module, **options: Any) -> Server:
            return stack.enter_context(Server(module, **options))

        yield make


@pytest.fixture
def spacetimedb_client() -> Iterator[Callable[..., SpacetimeDBClient]]:
    """`spacetimedb_client(server, bindings, queries)`: a connected basic client with the rows of `queries`.

    `server` is a `Server`, or `HOST:PORT` with `database=NAME`; the other options are those of a connection. TimeoutError
    when the rows have not come in ten seconds.
    """
    with ExitStack() as stack:

        def make(
            server: Server | str,
            bindings: ModuleType,
            queries: Iterable[str] = (),
            *,
            database: str | None = None,
            token: str | None = None,
            **options: Any,
        ) -> SpacetimeDBClient:
            host, name = (server, database) if isinstance(server, str) else (server.host, server.name)
            if name is None:
                raise TypeError("a server given as HOST:PORT needs database=NAME")
            client = SpacetimeDBClient(bindings)
            applied: list[None] = []
            client.register_on_subscription_applied(note := lambda: applied.append(None))
            stack.callback(client.close)
            client.connect(token, host, name, False, **options)
            wanted = list(queries)
            if wanted:
                client.subscribe(wanted)
            _update_until(client, lambda: bool(applied) if wanted else client.is_connected)
            client.unregister_on_subscription_applied(note)
            return client

        yield make


def _update_until(client: SpacetimeDBClient, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{client!r}: its rows have not come in {PATIENCE:g} s")
        client.update(timeout=0.1)


@pytest.fixture
def lock_step() -> Iterator[Callable[..., LockStep]]:
    """`lock_step(module, seed=0)`: a module under a clock of the test's own; see `LockStep`."""
    with ExitStack() as stack:

        def make(module: Module, **options: Any) -> LockStep:
            return stack.enter_context(LockStep(module, **options))

        yield make


@pytest.fixture
def bad_network() -> Iterator[Callable[[Server | str], BadNetwork]]:
    """`bad_network(server)`: a proxy in front of it that fails on command; see `BadNetwork`."""
    with ExitStack() as stack:

        def make(server: Server | str) -> BadNetwork:
            return stack.enter_context(BadNetwork(server if isinstance(server, str) else server.host))

        yield make
