"""Frames by hand into a real client, and what it sends kept."""

from __future__ import annotations

from typing import Any

import pytest

from spacetimedb_sdk import ConnectionState, SpacetimeDBClient
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.testing import ScriptedTransport
from spacetimedb_sdk.types import Address, Identity, TimeDuration
from tests.client.scripted import as_bytes
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Note

ANN = Identity(b"\xc2" * 32)
GREETING = v1.IdentityToken(ANN, "a-token", Address(b"\x01" * 16))


def frame(message: v1.ServerMessage) -> bytes:
    return b"\0" + v1.SERVER_MESSAGE.encode(message)


def notes(*rows: Note) -> v1.DatabaseUpdate:
    codec = bindings.MODULE.space.row_codec(bindings.MODULE.tables["note"].row, Note)
    data = [codec.encode(row) for row in rows]
    starts = [sum(map(len, data[:index])) for index in range(len(data))]
    inserts = v1.RowList(v1.RowOffsets(starts), b"".join(data))
    update = v1.QueryUpdate(v1.RowList(v1.FixedSize(1), b""), inserts)
    return v1.DatabaseUpdate([v1.TableUpdate(1, "note", len(rows), [v1.Uncompressed(update)])])


def test_frames_become_rows_and_callbacks_and_what_was_sent_is_kept() -> None:
    transport, said = ScriptedTransport(), list[Any]()
    client = SpacetimeDBClient(bindings)
    client.register_row_update("note", lambda *change: said.append(change))
    transport.connect_client(bindings, client, protocol="v1")
    client.subscribe(["SELECT * FROM note"])
    transport.link.receive(frame(GREETING))
    client.update()
    (asked,) = [v1.CLIENT_MESSAGE.decode(as_bytes(payload)) for payload in transport.link.sent]
    assert asked == v1.Subscribe(["SELECT * FROM note"], asked.request_id)

    transport.link.receive(
        frame(v1.InitialSubscription(notes(Note(ANN, "one")), asked.request_id, TimeDuration(0)))
    )
    assert said == []
    assert client.stats.queued_bytes > 0
    client.update()
    assert said == [("insert", None, Note(ANN, "one"), None)]
    client.close()
    assert client.state is ConnectionState.CLOSED


def test_a_lost_connection_comes_back_through_the_same_transport() -> None:
    transport = ScriptedTransport(on_open=lambda link: link.receive(frame(GREETING)))
    client = transport.connect_client(bindings, protocol="v1", reconnect=True)
    client.update()
    transport.link.end("gone")
    client.update()
    assert client.state is ConnectionState.RECONNECTING
    while client.state is not ConnectionState.CONNECTED:
        client.update(timeout=0.2)
    assert len(transport.links) == 2
    client.close()


def test_nothing_comes_after_the_end() -> None:
    transport = ScriptedTransport()
    client = transport.connect_client(bindings, protocol="v1")
    transport.link.receive(frame(GREETING))
    transport.link.end("gone")
    transport.link.receive(frame(v1.InitialSubscription(notes(Note(ANN, "one")), 1, TimeDuration(0))))
    client.update()
    assert client.state is ConnectionState.CLOSED
    assert len(client.cache.table("note")) == 0


def test_a_subprotocol_nobody_offered_is_a_mistake_of_the_script() -> None:
    with pytest.raises(ValueError, match=r"offers v1\.bsatn"):
        ScriptedTransport(subprotocol="v9").connect_client(bindings, protocol="v1")
    with pytest.raises(RuntimeError, match="no client has connected"):
        _ = ScriptedTransport().link
