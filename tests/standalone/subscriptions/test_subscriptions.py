"""Subscriptions over a real socket: who hears what, and what is shared."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from spacetimedb_sdk.module import Module, ReducerContext, Row, i32
from spacetimedb_sdk.protocol.compression import Compression, decompress_frame
from spacetimedb_sdk.protocol.frames import FrameParser
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.wire.server_message import ServerMessage
from tests.conformance.conformance_module import Item
from tests.standalone.inbox import Inbox
from tests.standalone.raw_client import Connect, RawClient, changes, row_bytes


def committed(message: Any) -> dict[str, list[tuple[list[bytes], list[bytes]]]]:
    assert isinstance(message, v1.TransactionUpdate)
    assert isinstance(message.status, v1.Committed)
    return changes(message.status.value)


def test_a_caller_hears_of_its_call_and_onlookers_of_matching_rows(connect: Connect) -> None:
    caller, onlooker, other = connect(), connect(), connect()
    onlooker.subscribe("SELECT * FROM note")
    other.subscribe("SELECT * FROM item")
    number = caller.call("write_note", "hello")
    own, seen = caller.receive(), onlooker.receive()
    assert committed(own) == {}
    ((deletes, inserts),) = committed(seen)["note"]
    assert (deletes, len(inserts)) == ([], 1)
    for message in (own, seen):
        assert message.caller_identity == caller.identity
        assert message.caller_connection_id == caller.connection_id
        assert (message.reducer_call.reducer_name, message.reducer_call.request_id) == ("write_note", number)
    other.call("nothing")
    assert other.receive().reducer_call.reducer_name == "nothing"  # the note never came


def test_light_clients_hear_rows_alone(connect: Connect) -> None:
    caller, light = connect(), connect(query="compression=None&light=true")
    light.subscribe("SELECT * FROM note")
    number = caller.call("write_note", "hello")
    update = light.receive()
    assert isinstance(update, v1.TransactionUpdateLight)
    assert update.request_id == number
    assert [len(inserts) for _, inserts in changes(update.update)["note"]] == [1]
    light.call("nothing")
    assert isinstance(light.receive(), v1.TransactionUpdate)


def test_no_success_notify(connect: Connect) -> None:
    client = connect()
    client.call("write_note", "unheard", flags=1)
    client.call("fail", "unheard too", flags=1)
    client.subscribe("SELECT * FROM note")
    client.call("write_note", "heard as by anybody", flags=1)
    assert [len(inserts) for _, inserts in committed(client.receive())["note"]] == [1]


def test_rows_of_a_query_come_once_whatever_it_is_asked_under(connect: Connect) -> None:
    client = connect()
    client.call("add_items", "i", 3)
    client.receive()
    first = client.subscribe("SELECT * FROM item", query_id=1)
    again = client.subscribe("SELECT * FROM item ;", "SELECT * FROM item WHERE level = 1", query_id=2)
    assert [len(inserts) for _, inserts in changes(first.update)["item"]] == [3]
    assert [len(inserts) for _, inserts in changes(again.update)["item"]] == [1]
    client.call("remove_item", 2)
    assert [len(deletes) for deletes, _ in committed(client.receive())["item"]] == [1, 1]
    left = client.ask(v1.UnsubscribeMulti(9, v1.QueryId(1)))
    assert isinstance(left, v1.UnsubscribeMultiApplied)
    assert left.update.tables == []  # the other id still holds it
    left = client.ask(v1.UnsubscribeMulti(10, v1.QueryId(2)))
    # The query whose row has gone is there too: only those that read an empty table are left out.
    assert [len(deletes) for deletes, _ in changes(left.update)["item"]] == [2, 0]


def test_a_failed_set_changes_nothing(connect: Connect) -> None:
    client = connect()
    answer = client.subscribe("SELECT * FROM note", "SELECT * FROM secret", query_id=7)
    assert isinstance(answer, v1.SubscriptionError)
    assert (answer.request_id, answer.query_id, answer.table_id) == (1, 7, None)
    assert answer.error.endswith("may be marked private., executing: `SELECT * FROM secret`")
    assert isinstance(client.subscribe("SELECT * FROM note", query_id=7), v1.SubscribeMultiApplied)
    again = client.subscribe("SELECT * FROM item", query_id=7)
    assert isinstance(again, v1.SubscriptionError)
    assert "already exists for client" in again.error
    client.call("write_note", "still there")
    assert "note" in committed(client.receive())


def test_the_legacy_set_is_replaced_whole(connect: Connect) -> None:
    client = connect()
    client.call("add_items", "i", 3)
    client.receive()
    first = client.ask(v1.Subscribe(["SELECT * FROM item"], 100))
    assert isinstance(first, v1.InitialSubscription)
    assert [len(inserts) for _, inserts in changes(first.database_update)["item"]] == [3]
    second = client.ask(v1.Subscribe(["SELECT * FROM item WHERE level = 1"], 101))
    assert [len(inserts) for _, inserts in changes(second.database_update)["item"]] == [1]
    refused = client.ask(v1.Subscribe(["SELECT * FROM nowhere"], 102))
    assert isinstance(refused, v1.SubscriptionError)
    assert (refused.request_id, refused.query_id) == (102, None)
    client.call("move_all")
    assert [len(deletes) for deletes, _ in committed(client.receive())["item"]] == [1]


def test_sender_queries_are_each_clients_own(connect: Connect) -> None:
    alice, bob = connect(), connect()
    for client in (alice, bob):
        client.subscribe("SELECT * FROM note WHERE author = :sender")
    alice.call("write_note", "by alice")
    assert len(committed(alice.receive())["note"]) == 1
    bob.call("write_note", "by bob")
    message = bob.receive()
    assert message.caller_identity == bob.identity
    assert len(committed(message)["note"]) == 1


def test_single_subscriptions(connect: Connect) -> None:
    client = connect()
    client.call("add_items", "i", 2)
    client.receive()
    applied = client.ask(v1.SubscribeSingle("SELECT * FROM item", 50, v1.QueryId(1)))
    assert isinstance(applied, v1.SubscribeApplied)
    assert changes(v1.DatabaseUpdate([applied.rows.table_rows]))["item"][0][0] == []
    refused = client.ask(v1.SubscribeSingle("SELECT * FROM *", 51, v1.QueryId(2)))
    assert isinstance(refused, v1.SubscriptionError)
    gone = client.ask(v1.Unsubscribe(52, v1.QueryId(1)))
    assert isinstance(gone, v1.UnsubscribeApplied)
    assert gone.rows.table_rows.num_rows == 2
    unknown = client.ask(v1.Unsubscribe(53, v1.QueryId(1)))
    assert isinstance(unknown, v1.SubscriptionError)
    assert unknown.error.startswith("Subscription not found: (")


def test_one_off_queries_leave_nothing_behind(connect: Connect) -> None:
    client = connect()
    client.call("add_items", "i", 4)
    client.receive()
    answer = client.ask(v1.OneOffQuery(b"\x01\x02", "SELECT * FROM item WHERE level > 1"))
    assert isinstance(answer, v1.OneOffQueryResponse)
    assert (answer.message_id, answer.error) == (b"\x01\x02", None)
    assert [(table.table_name, len(row_bytes(table.rows))) for table in answer.tables] == [("item", 2)]
    empty = client.ask(v1.OneOffQuery(b"", "SELECT * FROM note"))
    assert [(table.table_name, row_bytes(table.rows)) for table in empty.tables] == [("note", [])]
    refused = client.ask(v1.OneOffQuery(b"", "SELECT * FROM nowhere"))
    assert refused.error == "no such table: `nowhere`. If the table exists, it may be marked private."


def test_compressed_frames_hold_the_same(connect: Connect) -> None:
    plain, packed = connect(), connect(query="compression=Gzip")
    plain.call("add_items", "i", 100)
    plain.receive()
    frames = []
    for client in (plain, packed):
        client.send(v1.SubscribeMulti(["SELECT * FROM item"], 5, v1.QueryId(1)))
        frames.append(client.receive_frame())
    assert (frames[0][0], frames[1][0]) == (0, 2)
    assert len(frames[1]) < len(frames[0])
    plain.call("write_note", "short")
    packed.subscribe("SELECT * FROM note", query_id=2)
    packed.call("write_note", "short too")
    assert packed.receive_frame()[0] == 0  # not worth it


def test_equal_sets_are_told_by_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox()
    watchers = [inbox.session(number) for number in range(1, 6)]
    for number, (session, frames) in enumerate(watchers):
        texts = ["SELECT * FROM item", "SELECT * FROM note"]
        session.receive_now(
            v1.CLIENT_MESSAGE.encode(v1.SubscribeMulti(texts[:: 1 - 2 * (number % 2)], 1, v1.QueryId(number)))
        )
        frames.clear()
    encoded: list[Any] = []
    store = inbox.database.datastore.stores["item"]
    original = store._encode
    monkeypatch.setattr(store, "_encode", lambda row: encoded.append(row) or original(row))
    inbox.database.call("add_items", "i", 10, sender=inbox.database.owner)
    received = [frames for _, frames in watchers]
    assert [len(frames) for frames in received] == [1] * 5
    assert all(frames[0] is received[0][0] for frames in received)
    assert len(encoded) == 10  # once each, for five clients
    inbox.database.call("move_all", sender=inbox.database.owner)
    assert len(encoded) == 20  # the rows that left were encoded when they came


@pytest.mark.parametrize(
    ("compatibility", "onlooker_hears"),
    [(None, v1.TransactionUpdate), ("2.8", v1.TransactionUpdateLight), ("1.2", v1.TransactionUpdate)],
)
def test_what_onlookers_of_a_2x_module_hear(
    compatibility: Literal["1.2", "2.8"] | None, onlooker_hears: type[Any]
) -> None:
    newer = Module("newer", style="2.x")

    @newer.table(public=True)
    class Word(Row):
        text: str

    @newer.reducer
    def say(ctx: ReducerContext, text: str) -> None:
        ctx.db[Word].insert(Word(text))

    inbox = Inbox(newer, compatibility)
    (caller, own), (onlooker, seen) = inbox.session(1), inbox.session(2)
    onlooker.receive_now(v1.CLIENT_MESSAGE.encode(v1.Subscribe(["SELECT * FROM word"], 1)))
    seen.clear()
    caller.receive_now(v1.CLIENT_MESSAGE.encode(v1.CallReducer("say", b"\x02\x00\x00\x00hi", 1)))
    heard = []
    for frames in (own, seen):
        ((_, payload),) = FrameParser().feed(b"".join(frames))
        heard.append(type(v1.SERVER_MESSAGE.decode(decompress_frame(payload))))
    assert heard == [v1.TransactionUpdate, onlooker_hears]


def test_queries_are_forgotten_with_their_last_client() -> None:
    inbox = Inbox()
    (one, _), (two, _) = inbox.session(1), inbox.session(2)
    for session in (one, two):
        session.receive_now(
            v1.CLIENT_MESSAGE.encode(v1.SubscribeMulti(["SELECT * FROM *"], 1, v1.QueryId(1)))
        )
        session.receive_now(v1.CLIENT_MESSAGE.encode(v1.Subscribe(["SELECT * FROM item"], 1)))
    assert len(inbox.subscriptions._queries) == 7
    one.close()
    assert len(inbox.subscriptions._queries) == 7
    two.close()
    assert inbox.subscriptions._queries == {}
    assert not inbox.subscriptions._audiences
    assert not inbox.subscriptions._index


def test_what_a_subscription_was_told_is_shared_until_the_next_commit_and_not_kept() -> None:
    inbox = Inbox()
    inbox.database.call("add_items", "i", 5, sender=inbox.database.owner)
    ask = v1.CLIENT_MESSAGE.encode(v1.SubscribeMulti(["SELECT * FROM item"], 1, v1.QueryId(1)))
    for number in (1, 2):
        session, _ = inbox.session(number)
        session.receive_now(ask)
        (batch,) = inbox.subscriptions._evaluated.values()
        assert len(batch) == 5
        inbox.database.call("nothing", sender=inbox.database.owner)
    inbox.database.call("write_note", "hi", sender=inbox.database.owner)
    assert inbox.subscriptions._evaluated == {}


def test_frames_of_every_length_are_framed() -> None:
    for size in (0, 124, 125, 126, 65534, 65535, 65536, 70000):
        frame = ServerMessage(bytes(size)).frame(Compression.NONE)
        (length,) = {len(frame) - head for head in (2, 4, 10) if len(frame) - head == size + 1}
        assert length == size + 1


def test_rows_added_by_others_before_a_subscription_are_in_it(server: Server, connect: Connect) -> None:
    client = connect()
    server.run(lambda database: database.call("add_items", "i", 2, sender=database.owner))
    applied = client.subscribe("SELECT * FROM item")
    assert [len(inserts) for _, inserts in changes(applied.update)["item"]] == [2]
    assert len(server.run(lambda database: database.rows(Item))) == 2


def test_a_procedure_that_is_not_there_is_answered_with_an_error(connect: Connect) -> None:
    client: RawClient = connect()
    answer = client.ask(v1.CallProcedure("double", b"", 3))
    assert isinstance(answer, v1.ProcedureResult)
    assert answer.status == v1.InternalError("No such procedure")


def test_event_tables_need_a_newer_protocol() -> None:
    module = Module("events")

    @module.table(public=True, event=True)
    class Flash(Row):
        brightness: i32

    with Server(module, database="events") as server, RawClient(server) as client:
        answer = client.subscribe("SELECT * FROM flash")
        assert isinstance(answer, v1.SubscriptionError)
        assert answer.error.startswith("Subscribing to event tables requires WebSocket v2.")
        assert isinstance(client.subscribe("SELECT * FROM *"), v1.SubscribeMultiApplied)


def test_every_table_is_to_the_owner_the_private_ones_too(server: Server) -> None:
    with RawClient(server) as anybody, RawClient(server, token=server.owner_token) as owner:
        held = []
        for client in (anybody, owner):
            answer = client.ask(v1.Subscribe(["SELECT * FROM *"], 1))
            held.append({table.table_name for table in answer.database_update.tables})
    assert "secret" in held[1] - held[0]
