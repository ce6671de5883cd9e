"""What the recordings do not show of the sessions: batches, what is shared, and what no client should send."""

from __future__ import annotations

import struct
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone.sessions.session import Session
from spacetimedb_sdk.standalone.sessions.v1 import V1BsatnSession, V1JsonSession
from spacetimedb_sdk.standalone.sessions.v2 import V2Session, V3Session
from spacetimedb_sdk.standalone.wire.row_batch import RowBatch, row_list
from tests.conformance.conformance_module import Item
from tests.standalone.inbox import Inbox, payloads

SESSIONS: list[type[Session]] = [V1BsatnSession, V1JsonSession, V2Session, V3Session]
JSON_SUBSCRIBE = (
    '{"SubscribeMulti":{"query_strings":["SELECT * FROM item"],"request_id":1,"query_id":{"id":1}}}'
)


def encode(message: v2.ClientMessage) -> bytes:
    return v2.CLIENT_MESSAGE.encode(message)


def decoded(frames: list[bytes]) -> list[Any]:
    return [v2.SERVER_MESSAGE.decode(payload) for payload in payloads(frames)]


def subscribe(number: int, *queries: str) -> v2.Subscribe:
    return v2.Subscribe(number, v2.QuerySetId(number), list(queries))


def test_a_batch_of_sets_is_applied_set_by_set() -> None:
    inbox = Inbox()
    inbox.database.call("add_items", "i", 3, sender=inbox.database.owner)
    session, frames = inbox.session(1, V2Session)
    wanted = [["SELECT * FROM item"], ["SELECT * FROM nowhere"], ["SELECT * FROM note"]]
    sets = [v2.SubscribeSet(v2.QuerySetId(number), queries) for number, queries in enumerate(wanted, 1)]
    session.receive_now(encode(v2.SubscribeBatch(7, sets)))
    (answer,) = decoded(frames)
    assert isinstance(answer, v2.SubscribeBatchApplied)
    first, second, third = answer.results
    assert [part.query_set_id.id for part in answer.results] == [1, 2, 3]
    assert isinstance(first.outcome, v2.SetApplied)
    assert [rows.table for rows in first.outcome.value.tables] == ["item"]
    assert second.outcome == v2.SetError(
        "no such table: `nowhere`. If the table exists, it may be marked private., "
        "executing: `SELECT * FROM nowhere`"
    )
    assert third.outcome == v2.SetApplied(v2.QueryRows([]))
    frames.clear()
    session.receive_now(encode(subscribe(2, "SELECT * FROM item")))  # the id of the set that failed is free
    assert isinstance(decoded(frames)[0], v2.SubscribeApplied)


def test_each_protocol_is_written_once_for_equal_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox()
    watchers = []
    kinds: list[Any] = [V2Session, V3Session, V2Session, V1JsonSession, V1JsonSession]
    for number, kind in enumerate(kinds, 1):
        session, frames = inbox.session(number, kind)
        ask: Any = JSON_SUBSCRIBE if kind is V1JsonSession else encode(subscribe(1, "SELECT * FROM item"))
        session.receive_now(ask)
        frames.clear()
        watchers.append(frames)
    inbox.database.call("add_items", "i", 5, sender=inbox.database.owner)
    assert [len(frames) for frames in watchers] == [1] * 5
    v2_frames, json_frames = watchers[:3], watchers[3:]
    assert all(frames[0] is v2_frames[0][0] for frames in v2_frames)
    assert json_frames[0][0] is json_frames[1][0]
    assert all(frames[0] != json_frames[0][0] for frames in v2_frames)


def test_messages_of_a_v3_frame_before_a_broken_one_are_acted_on() -> None:
    inbox = Inbox()
    session, frames = inbox.session(1, V3Session)
    good = encode(v2.CallReducer(1, 0, "add_items", struct.pack("<I1sI", 1, b"i", 2)))
    with pytest.raises(DecodeError):
        session.receive_now(good + good[:-1])
    assert len(inbox.database.rows(Item)) == 2
    assert [type(message) for message in decoded(frames)] == [v2.ReducerResult]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (V2Session, "{}"),
        (V3Session, "{}"),
        (V3Session, b""),
        (V2Session, encode(v2.CallReducer(1, 1, "nothing", b""))),
        (V1JsonSession, '{"CallReducer":{"reducer":"nothing","args":"[]","request_id":1,"flags":2}}'),
        (V1JsonSession, '{"CallReducer":{"reducer":"nothing","args":"[]","request_id":1}}'),
        (V1JsonSession, JSON_SUBSCRIBE.replace('"request_id":1', '"request_id":1,"more":1')),
        (V1JsonSession, "[" * 100_000),
    ],
)
def test_what_a_protocol_does_not_know_closes_it(kind: type[Session], data: bytes | str) -> None:
    session, frames = Inbox().session(1, kind)
    with pytest.raises(DecodeError):
        session.receive_now(data)
    assert frames == []


@cache
def fuzzed(kind: type[Session]) -> tuple[Session, list[bytes]]:
    """One session for all of hypothesis' bytes: what an earlier example left behind must not matter."""
    return Inbox().session(1, kind)


@pytest.mark.parametrize("kind", SESSIONS)
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60) | st.just(JSON_SUBSCRIBE))
def test_nothing_is_worse_than_malformed(kind: type[Session], data: bytes | str) -> None:
    session, frames = fuzzed(kind)
    frames.clear()
    with suppress(DecodeError):
        session.receive_now(data)
    assert {frame[0] for frame in frames} <= {0x81 if kind is V1JsonSession else 0x82}


@pytest.mark.parametrize("names", [["a"] * 3, ["a", "bb", "ccc"], [], ["n"] * 1_200, ["n", "nn"] * 700])
def test_rows_written_step_by_step_are_the_same(names: list[str]) -> None:
    inbox = Inbox()
    store = inbox.database.datastore.stores["note"]
    rows = [store.row_class(inbox.database.owner, name) for name in names]
    batch = RowBatch(store, rows)
    assert len(list(batch.bsatn_steps())) == -(-len(rows) // 500)
    assert batch.bsatn() == row_list([store.encoded(row) for row in rows])
