"""A connection id belongs to one connection at a time: nothing that is meant for one client reaches another."""

from __future__ import annotations

import pytest
import websocket

from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.errors import ConnectionIdInUse
from spacetimedb_sdk.types import ConnectionId
from tests.standalone.http_client import new_identity
from tests.standalone.raw_client import Connect, RawClient


def test_a_connection_id_in_use_is_refused(server: Server, connect: Connect) -> None:
    connection_id = ConnectionId.random()
    address = f"compression=None&connection_id={connection_id}"
    victim = connect(query=address)
    for token in (None, new_identity(server)[1], victim.token):
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            RawClient(server, query=address, token=token)
        assert caught.value.status_code == 400
        assert b"in use by another connection" in (caught.value.resp_body or b"")
    victim.call("write_note", "still mine")
    update = victim.receive()
    assert isinstance(update, v1.TransactionUpdate)
    assert update.caller_connection_id == connection_id
    assert server.run(lambda database: database.clients) == {connection_id: victim.identity}


def test_an_id_is_free_again_once_its_client_has_gone(server: Server) -> None:
    address = f"compression=None&connection_id={ConnectionId.random()}"
    for _ in range(3):
        with RawClient(server, query=address) as client:
            client.call("write_note", "mine")
            assert isinstance(client.receive(), v1.TransactionUpdate)
        while server.run(lambda database: database.clients):
            pass


def test_two_that_shake_hands_at_once_are_told_apart(server: Server) -> None:
    connection_id = ConnectionId.random()
    with RawClient(server, query=f"compression=None&connection_id={connection_id}") as client:
        identity = client.identity
        # As if this one had come while the other's handshake was on its way: it is seen when its session opens.
        with pytest.raises(ConnectionIdInUse, match="in use by another connection"):
            server.run(lambda database: database.connect(identity, connection_id))
        client.call("write_note", "mine")
        assert isinstance(client.receive(), v1.TransactionUpdate)
