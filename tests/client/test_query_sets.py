"""The phases of a client's subscriptions, and what is held between them."""

from __future__ import annotations

from typing import Any

import pytest

from spacetimedb_sdk import ConnectionState, ReconnectPolicy
from spacetimedb_sdk.client.requests.calls import CallOutcome
from spacetimedb_sdk.client.requests.query_sets import TRANSITIONS, PendingSwap, Phase, Step
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.protocol.outcomes import SubscriptionApplied, Transaction
from spacetimedb_sdk.testing import ScriptedTransport
from spacetimedb_sdk.types import Address, TimeDuration, Timestamp
from tests.client.scripted import GREETING, ME, as_bytes, connected
from tests.codegen.golden.conformance import MODULE, Note

AT_ONCE = ReconnectPolicy(initial=0.0)
NOTES = ["SELECT * FROM note"]


def frame(message: v1.ServerMessage) -> bytes:
    return b"\0" + v1.SERVER_MESSAGE.encode(message)


def sent(transport: ScriptedTransport) -> list[Any]:
    return [v1.CLIENT_MESSAGE.decode(as_bytes(payload)) for payload in transport.link.sent]


def notes(*texts: str) -> v1.DatabaseUpdate:
    codec = MODULE.space.row_codec(MODULE.tables["note"].row, Note)
    data = [codec.encode(Note(ME, text)) for text in texts]
    starts = [sum(map(len, data[:index])) for index in range(len(data))]
    nothing = v1.RowList(v1.FixedSize(1), b"")
    update = v1.QueryUpdate(nothing, v1.RowList(v1.RowOffsets(starts), b"".join(data)))
    return v1.DatabaseUpdate([v1.TableUpdate(1, "note", len(texts), [v1.Uncompressed(update)])])


def committed(request_id: int, *texts: str) -> v1.TransactionUpdate:
    return v1.TransactionUpdate(
        v1.Committed(notes(*texts) if texts else v1.DatabaseUpdate([])),
        Timestamp(0),
        ME,
        Address(b"\x01" * 16),
        v1.ReducerCallInfo("nothing", 0, b"", request_id),
        v1.EnergyQuanta(0),
        TimeDuration(0),
    )


def test_every_phase_has_a_way_on_when_the_connection_goes() -> None:
    assert set(TRANSITIONS) == set(Phase)
    for phase, steps in TRANSITIONS.items():
        assert steps[Step.LOST] is Phase.APART, phase
        assert steps[Step.RETURNS] is Phase.RETURNING, phase
        assert Step.DROPPED in steps, phase


def test_what_is_held_is_settled_only_where_something_is_held() -> None:
    holding = {phase for phase, steps in TRANSITIONS.items() if Step.SETTLED in steps}
    assert holding == {Phase.SWAPPING, Phase.SWAPPING_AGAIN}
    assert {phase for phase in Phase if not phase.is_asked} == {Phase.APART, Phase.RETURNING}
    assert all(Step.ASKED not in TRANSITIONS[phase] for phase in Phase if phase.is_asked)


def test_a_step_that_there_is_not_is_a_fault() -> None:
    client, _ = connected()
    with pytest.raises(KeyError):
        client.subscriptions._go(Step.SETTLED)
    client.close()


def test_rows_of_before_the_set_that_replaces_all_are_left_out() -> None:
    swap = PendingSwap({7}, replaces=True)
    swap.hold(Transaction([], "committed", "", None, None))
    assert swap.rows() == (True, [])
    swap.hold(SubscriptionApplied(7, 7, [], replaces=False))
    assert not swap.waiting
    assert swap.rows() == (True, [])
    assert len(swap.transactions) == 1


def test_a_call_whose_answer_is_held_is_answered_when_the_connection_goes() -> None:
    calls: list[Any] = []
    transport = ScriptedTransport(on_open=lambda link: link.receive(GREETING))
    client, _ = connected(transport, reconnect=AT_ONCE)
    client.subscribe(NOTES)
    transport.link.receive(
        frame(v1.InitialSubscription(notes("one"), sent(transport)[-1].request_id, TimeDuration(0)))
    )
    client.update()
    client.set_callbacks(on_connect=lambda: calls.append(client.reducers.nothing()))
    transport.link.end("gone")
    client.update()
    client.update()
    client.update()
    (call,) = calls
    (asked,) = [message for message in sent(transport) if isinstance(message, v1.CallReducer)]
    transport.link.receive(frame(committed(asked.request_id, "two")))
    client.update()
    assert not call.done, "the set has not come yet: it is held"
    transport.link.end("gone again")
    client.update()
    assert call.result().outcome is CallOutcome.COMMITTED
    assert [note.text for note in client.cache.table("note")] == ["one"], (
        "its rows come with the next connection"
    )
    client.close()


def test_a_message_that_is_applied_in_part_is_finished_when_the_client_closes() -> None:
    client, transport = connected()
    client.subscribe(NOTES)
    told: list[str] = []
    client.register_row_update("note", lambda op, old, new, event: told.append(new.text))
    transport.link.receive(
        frame(v1.InitialSubscription(v1.DatabaseUpdate([]), sent(transport)[-1].request_id, TimeDuration(0)))
    )
    client.update()
    call = client.reducers.nothing()
    transport.link.receive(frame(committed(sent(transport)[-1].request_id, "one", "two", "three")))
    client.update(budget=0)
    client.update(budget=0)
    assert len(told) < 3
    assert not call.done
    client.close()
    assert told == ["one", "two", "three"]
    assert call.result().committed


def test_a_second_greeting_ends_the_connection_once() -> None:
    told: list[str] = []
    client, transport = connected()
    client.set_callbacks(on_error=told.append, on_disconnect=lambda reason: told.append("disconnect"))
    client.subscribe(NOTES)
    transport.link.receive(GREETING)
    transport.link.receive(frame(committed(0, "too late")))
    transport.link.end("gone")
    for _ in range(3):
        client.update()
    assert told == ["the server greeted twice over one connection", "disconnect"]
    assert client.state is ConnectionState.CLOSED
    assert list(client.cache.table("note")) == []
