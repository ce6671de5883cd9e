"""Connected clients of both kinds, over each protocol, on the conformance module: embedded, or on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from spacetimedb_sdk.standalone import Server
from tests.client.faces import CONNECTIONS, Face, Log
from tests.conformance.conformance_module import module

NEWER = ("v2", "v3")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The real server of the tests is a 1.2.0, which does not know v2."""
    unknown = []
    for item in items:
        parameters = (
            item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        )
        if parameters.get("host") == "real" and str(parameters.get("connect")).endswith(NEWER):
            unknown.append(item)
    if unknown:
        items[:] = [item for item in items if item not in unknown]
        config.hook.pytest_deselected(items=unknown)


@pytest.fixture(scope="session")
def embedded() -> Iterator[str]:
    with Server(module, database="conformance") as server:
        yield server.url.removeprefix("http://")


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real_server)])
def host(request: pytest.FixtureRequest) -> str:
    """HOST:PORT of a server with the conformance module: the embedded one, or a real one where it is named."""
    url: str = request.getfixturevalue("embedded" if request.param == "embedded" else "real_server")
    return url.removeprefix("http://").rstrip("/")


@pytest.fixture(params=CONNECTIONS)
def connect(request: pytest.FixtureRequest, host: str) -> Callable[..., Any]:
    """`async with connect(...) as face`: a connected client of either kind, over one of the protocols, closed at the end."""
    kind, protocol = CONNECTIONS[request.param]

    @asynccontextmanager
    async def connected(token: str | None = None, **options: Any) -> AsyncIterator[Face]:
        face = kind(host, Log())
        try:
            await face.start(token, **{"protocol": protocol} | options)
            yield face
        finally:
            await face.stop()

    return connected
