from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from standalone.conformance_module import module

from spacetimedb_sdk.standalone import Server

from .faces import AsyncFace, BasicFace, Face, Log

FACES = {"basic": BasicFace, "async": AsyncFace}


@pytest.fixture(scope="session")
def embedded() -> Iterator[str]:
    with Server(module, database="conformance") as server:
        yield server.url.removeprefix("http://")


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real_server)])
def host(request: pytest.FixtureRequest) -> str:
    """HOST:PORT of a server with the conformance module: the embedded one, or a real one where it is named."""
    url: str = request.getfixturevalue("embedded" if request.param == "embedded" else "real_server")
    return url.removeprefix("http://").rstrip("/")


@pytest.fixture(params=FACES)
def connect(request: pytest.FixtureRequest, host: str) -> Callable[..., Any]:
    """`async with connect(...) as face`: a connected client of either kind, closed at the end."""
    kind = FACES[request.param]

    @asynccontextmanager
    async def connected(token: str | None = None, **options: Any) -> AsyncIterator[Face]:
        face = kind(host, Log())
        try:
            await face.start(token, **options)
            yield face
        finally:
            await face.stop()

    return connected
