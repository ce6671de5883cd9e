"""A server with the conformance module, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_module import module
from tests.standalone.raw_client import Connect, RawClient


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(module, database="conformance") as running:
        yield running


@pytest.fixture
def connect(server: Server) -> Iterator[Connect]:
    """Connects clients that are closed with the test."""
    with ExitStack() as stack:

        def make(**options: Any) -> RawClient:
            return stack.enter_context(RawClient(server, **options))

        yield make
