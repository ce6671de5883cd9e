"""A client without a network and a clock that moves when it is told to: for what takes a certain order, or a while."""

from __future__ import annotations

from typing import Any

from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.testing import ScriptedTransport
from spacetimedb_sdk.types import Address, Identity
from tests.codegen.golden import conformance as bindings

ME = Identity(b"\xc2" * 32)
GREETING = b"\0" + v1.SERVER_MESSAGE.encode(v1.IdentityToken(ME, "a-token", Address(b"\x01" * 16)))


def as_bytes(payload: bytes | str) -> bytes:
    """What a client of a binary protocol sent."""
    assert isinstance(payload, bytes)
    return payload


class FakeClock:
    """Shows what it was set to; `sleep` moves it on at once. Chance is what leaves delays whole."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def chance(self) -> float:
        return 0.0


def connected(
    transport: ScriptedTransport | None = None, *, clock: FakeClock | None = None, **options: Any
) -> tuple[SpacetimeDBClient, ScriptedTransport]:
    """A basic client that has been greeted."""
    transport = transport or ScriptedTransport()
    client = SpacetimeDBClient(bindings, clock=clock or FakeClock())
    transport.connect_client(bindings, client, **{"protocol": "v1"} | options)
    if not transport.link.waiting:
        transport.link.receive(GREETING)
    client.update()
    return client, transport
