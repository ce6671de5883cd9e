"""Whatever bytes a server sends, a client ends in a typed error or goes on; what it shows is what was told; memory is bounded."""

from __future__ import annotations

import gzip
import select
import socket
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spacetimedb_sdk import ConnectionState, ProtocolError, SpacetimeDBException
from spacetimedb_sdk.protocol.compression import has_brotli
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.testing import ScriptedTransport
from spacetimedb_sdk.types import Identity, TimeDuration
from tests.codegen.golden import conformance as bindings
from tests.conformance.transcripts import events
from tests.places import RECORDINGS
from tests.plugins.waiting import until
from tests.transport.raw_server import WELCOME, RawConnection, RawServer

MIB = 1 << 20
PROTOCOLS = ("v1.bsatn", "v1.json", "v2.bsatn", "v3.bsatn")
RECORDED = {
    protocol: [
        event.payload
        for event in events(RECORDINGS / "server-2.8.3-module-1x" / f"{protocol}.items.jsonl")
        if event.client == "a" and event.kind == "recv" and event.payload is not None
    ]
    for protocol in PROTOCOLS
}


class Audience:
    """A client on a scripted link, what its callbacks said of rows, and what ended it."""

    def __init__(self, protocol: str) -> None:
        self.transport = ScriptedTransport(subprotocol=f"{protocol}.spacetimedb", is_recorded=True)
        self.client = SpacetimeDBClient(bindings)
        self.rows: dict[str, dict[Any, Any]] = {table: {} for table in bindings.MODULE.tables}
        self.errors: list[SpacetimeDBException] = []
        self.ended: list[str] = []
        self.client.set_callbacks(on_disconnect=self.ended.append)
        for table in self.rows:
            self.client.register_row_update(table, self._note(table))
        self.transport.connect_client(bindings, self.client, protocol=protocol.removesuffix(".bsatn"))

    def _note(self, table: str) -> Callable[..., None]:
        key_of = self.client.cache.table(table).key_of_row

        def note(row_op: str, old: Any, new: Any, event: Any) -> None:
            if new is None:
                del self.rows[table][key_of(old)]
            else:
                self.rows[table][key_of(new)] = new

        return note

    def hear(self, frame: bytes | str) -> None:
        self.transport.link.receive(frame)
        try:
            self.client.update()
        except SpacetimeDBException as error:
            self.errors.append(error)

    def check(self) -> None:
        for table, rows in self.rows.items():
            assert repr(rows) == repr(self.client.cache.table(table).rows)
        assert bool(self.ended) == (self.client.state is ConnectionState.CLOSED)
        assert bool(self.errors) == bool(self.ended)
        assert all(str(error) for error in self.errors)


@contextmanager
def audience(protocol: str) -> Iterator[Audience]:
    listening = Audience(protocol)
    try:
        yield listening
    finally:
        listening.client.close()


def hear_anything(protocol: str, data: st.DataObject) -> None:
    recorded = RECORDED[protocol]
    until = data.draw(st.integers(1, len(recorded)))
    frame = data.draw(st.sampled_from(recorded))
    cut = data.draw(st.integers(0, len(frame)))
    junk: Any = data.draw(st.text(max_size=30) if protocol == "v1.json" else st.binary(max_size=30))
    with audience(protocol) as listening:
        for said in recorded[:until]:
            listening.hear(said)
        listening.check()
        assert not listening.errors
        listening.hear(frame[:cut] + junk + frame[cut + len(junk) :])
        listening.check()
        if listening.ended:
            before = repr(listening.rows)
            listening.hear(recorded[-1])
            assert repr(listening.rows) == before, "nothing comes after the end"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_bytes_after_any_part_of_a_session(protocol: str, data: st.DataObject) -> None:
    hear_anything(protocol, data)


@pytest.mark.soak
@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_many_more_of_them_after_a_session(protocol: str, data: st.DataObject) -> None:
    hear_anything(protocol, data)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=st.binary(max_size=60), greeted=st.booleans())
def test_any_bytes_on_the_wire(said: bytes, greeted: bool) -> None:
    def behave(connection: RawConnection) -> None:
        connection.upgrade()
        if greeted:
            connection.say(WELCOME)
        connection.socket.sendall(said)

    ended: list[str] = []
    errors: list[str] = []
    with RawServer(behave) as server:
        client = SpacetimeDBClient.init(
            *(None, server.host, "conformance", False, bindings),
            on_disconnect=ended.append,
            on_error=errors.append,
        )
        until(lambda: client.state is ConnectionState.CLOSED, client)
        client.close()
    assert bool(ended) == greeted
    assert ended or errors
    assert not any("Traceback" in text for text in (*ended, *errors))


def bomb(compression: str, size: int) -> bytes:
    """A frame that says `size` zeros in very few bytes."""
    if compression == "gzip":
        packer = zlib.compressobj(1, wbits=31)
        return b"\2" + b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()
    import brotli

    return b"\1" + bytes(brotli.compress(bytes(size), quality=1))


@pytest.mark.parametrize(
    "compression",
    ["gzip", pytest.param("brotli", marks=pytest.mark.skipif(not has_brotli(), reason="no brotli"))],
)
def test_a_bomb_costs_no_more_than_the_bound(compression: str) -> None:
    frame = bomb(compression, 256 * MIB)
    assert len(frame) < 2 * MIB

    def behave(connection: RawConnection) -> None:
        connection.welcome()
        connection.binary(frame)
        connection.until_gone()

    with RawServer(behave) as server:
        client = SpacetimeDBClient.init(
            None, server.host, "conformance", False, bindings, message_limit=8 * MIB
        )
        tracemalloc.start()
        try:
            with pytest.raises(ProtocolError, match=f"a message of more than {8 * MIB} bytes"):
                until(lambda: False, client)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            client.close()
    assert peak < 4 * 8 * MIB


def noted(text_bytes: int, count: int) -> bytes:
    """An initial set of `count` notes, gzipped: the text of each is so long, and says nothing."""
    codec = bindings.MODULE.space.row_codec(bindings.MODULE.tables["note"].row, bindings.Note)
    row = codec.encode(bindings.Note(Identity(bytes(32)), "x" * text_bytes))
    rows = v1.RowList(v1.RowOffsets([n * len(row) for n in range(count)]), row * count)
    nothing = v1.RowList(v1.RowOffsets([]), b"")
    update = v1.TableUpdate(1, "note", count, [v1.Uncompressed(v1.QueryUpdate(nothing, rows))])
    message = v1.TransactionUpdateLight(0, v1.DatabaseUpdate([update]))
    return b"\2" + gzip.compress(v1.SERVER_MESSAGE.encode(message))


def test_what_had_no_room_comes_when_there_is_some() -> None:
    """Each message in its order, though the server says nothing more that would make the socket readable."""
    message, count = noted(MIB, 1), 60

    def behave(connection: RawConnection) -> None:
        connection.welcome()
        for _ in range(count):
            connection.binary(message)
        connection.until_gone()

    with RawServer(behave) as server:
        client = SpacetimeDBClient.init(
            *(None, server.host, "conformance", False, bindings), backlog_bytes=8 * MIB
        )
        until(lambda: client.stats.transactions == count, client)
        assert client.state is ConnectionState.CONNECTED
        client.close()


def test_a_program_that_never_updates_holds_the_backlog_and_no_more() -> None:
    """64 MiB unless told otherwise: then reading stops, and the server has to wait."""
    data = b"x" * (4 * MIB)
    rows = v1.RowList(v1.FixedSize(1), data)
    update = v1.TableUpdate(1, "brand_new", len(data), [v1.Uncompressed(v1.QueryUpdate(rows, rows))])
    message = b"\0" + v1.SERVER_MESSAGE.encode(
        v1.InitialSubscription(v1.DatabaseUpdate([update]), 1, TimeDuration(1))
    )
    sent = 0
    sockets: list[socket.socket] = []

    def behave(connection: RawConnection) -> None:
        nonlocal sent
        connection.welcome()
        sockets.append(connection.socket)
        for _ in range(100):
            connection.binary(message, fragment=1 << 16)
            sent += len(message)
        connection.until_gone()

    with RawServer(behave) as server:
        client = SpacetimeDBClient.init(None, server.host, "conformance", False, bindings)
        until(lambda: client.stats.queued_bytes >= 64 * MIB)
        # What has been sent since is read by nobody: half a second long there is no room for more.
        until(lambda: not select.select([], sockets, [], 0.5)[1])
        held = client.stats.queued_bytes
        client.close()
    assert 64 * MIB <= held <= 64 * MIB + 2 * len(message)
    assert sent < 100 * len(message)
