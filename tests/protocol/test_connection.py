"""Which answer belongs to which question, with and without the request ids that 1.x leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from spacetimedb_sdk.errors import ClientStateError
from spacetimedb_sdk.protocol.codecs.subprotocol import ProtocolSchema
from spacetimedb_sdk.protocol.codecs.v1_bsatn import V1Bsatn
from spacetimedb_sdk.protocol.connection import Connection, ConnectionState
from spacetimedb_sdk.protocol.messages.v1 import CLIENT_MESSAGE
from spacetimedb_sdk.protocol.outcomes import (
    Call,
    Closed,
    Connected,
    SubscriptionApplied,
    SubscriptionRefused,
    TableRows,
    Transaction,
)
from spacetimedb_sdk.sats.algebraic_type import U8, Element, ProductType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.types import Address, Identity

ME, MY_CONNECTION = Identity(b"\xc2" * 32), Address(b"\x01" * 16)
SCHEMA = ProtocolSchema(
    CodecSpace(Typespace(), {}), {}, {"add": ProductType((Element("value", U8),)), "other": ProductType()}
)
OTHER_CONNECTION = Address(b"\x02" * 16)


def call(connection: Connection, name: str, *args: Any) -> bytes:
    """What a client does for a call."""
    encode = connection.encoders.get(name) or connection.reducer_encoder(name)
    request_id = next(connection.request_ids)
    connection.calls[request_id] = name, args, None
    message = encode(args, request_id)
    assert isinstance(message, bytes)
    return message


def pending_calls(connection: Connection) -> list[tuple[str, tuple[Any, ...]]]:
    return [(name, args) for name, args, _ in connection.calls.values()]


@pytest.fixture
def connection() -> Connection:
    connection = Connection({V1Bsatn.subprotocol: V1Bsatn(SCHEMA)})
    connection.receive(Connected(ME, "token", MY_CONNECTION, V1Bsatn.subprotocol))
    return connection


def answer(
    name: str,
    encoded: bytes,
    request_id: int,
    status: str = "committed",
    address: Address = MY_CONNECTION,
    identity: Identity = ME,
) -> Any:
    return Transaction([], status, "", Call(name, [], encoded, identity, address, request_id), None)


def test_an_answer_with_a_request_id_settles_that_call(connection: Connection) -> None:
    call(connection, "add", 1)
    second = CLIENT_MESSAGE.decode(call(connection, "add", 2))
    outcome = connection.receive(answer("add", b"\x02", second.request_id))
    assert isinstance(outcome, Transaction)
    assert outcome.call is not None
    assert outcome.call.own
    assert outcome.call.args == [2]
    assert pending_calls(connection) == [("add", (1,))]


def test_an_answer_with_a_request_id_is_not_the_older_calls_that_is_like_it(connection: Connection) -> None:
    call(connection, "add", 1)
    second = CLIENT_MESSAGE.decode(call(connection, "add", 1))
    connection.receive(answer("add", b"\x01", second.request_id))
    assert second.request_id not in connection.calls
    assert pending_calls(connection) == [("add", (1,))]


def test_a_failure_without_request_id_settles_the_call_with_the_same_arguments(
    connection: Connection,
) -> None:
    for value in (1, 2):
        call(connection, "add", value)
    outcome = connection.receive(answer("add", b"\x02", 0, "failed"))
    assert isinstance(outcome, Transaction)
    assert outcome.call is not None
    assert outcome.call.args == [2]
    assert pending_calls(connection) == [("add", (1,))]


def test_a_call_refused_before_it_started_settles_the_oldest_of_its_name(connection: Connection) -> None:
    call(connection, "other")
    call(connection, "add", 1)
    call(connection, "add", 2)
    connection.receive(answer("add", b"", 0, "failed"))
    assert pending_calls(connection) == [("other", ()), ("add", (2,))]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"address": OTHER_CONNECTION}, id="one identity has many connections"),
        pytest.param({"identity": Identity(b"\xc3" * 32)}, id="one may ask for the id of another"),
    ],
)
def test_what_another_connection_called_is_not_this_ones(
    connection: Connection, other: dict[str, Any]
) -> None:
    call(connection, "add", 1)
    outcome = connection.receive(answer("add", b"\x01", 1, **other))
    assert isinstance(outcome, Transaction)
    assert outcome.call is not None
    assert not outcome.call.own
    assert len(pending_calls(connection)) == 1


def test_refused_subscriptions_are_told_apart_by_request_id_else_by_order(connection: Connection) -> None:
    first, _ = connection.replace_subscription(("a",))
    second, _ = connection.replace_subscription(("b",))
    connection.replace_subscription(("c",))
    assert connection.refused(SubscriptionRefused(second, None, "")) == (second, ("b",))
    connection.receive(SubscriptionApplied(first, None, [], replaces=True))
    assert connection.refused(SubscriptionRefused(None, None, ""))[1] == ("c",)
    assert connection.refused(SubscriptionRefused(None, None, "")) == (None, ())


def test_rows_that_come_when_the_last_set_has_died_are_left_out(connection: Connection) -> None:
    def told() -> int:
        outcome = connection.receive(Transaction([TableRows("note")], "committed", "", None, None))
        assert isinstance(outcome, Transaction)
        return len(outcome.tables)

    number, _ = connection.subscribe(("a",))
    connection.receive(SubscriptionApplied(number, number, [], replaces=False))
    assert told() == 1
    connection.refused(SubscriptionRefused(None, number, "it takes too long"))
    assert told() == 0


def test_nothing_is_asked_before_the_connection_stands_nor_after_it_ended() -> None:
    connection = Connection({V1Bsatn.subprotocol: V1Bsatn(SCHEMA)})
    with pytest.raises(ClientStateError, match="on_connect or later"):
        call(connection, "add", 1)
    connection.receive(Connected(ME, "token", MY_CONNECTION, V1Bsatn.subprotocol))
    assert connection.state is ConnectionState.CONNECTED
    connection.receive(Closed("gone"))
    with pytest.raises(ClientStateError, match="closed"):
        connection.replace_subscription(("a",))
    assert connection.was_connected
