"""What only the basic client has: init, the frame, close; and generated classes without a client."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk import ClientStateError, NoClientError, SubscriptionError
from spacetimedb_sdk.bindings.module import ModuleBindings
from spacetimedb_sdk.client.requests.calls import ReducerCall
from spacetimedb_sdk.events import ReducerEvent, TransactionUpdateMessage
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.transport import heartbeat
from spacetimedb_sdk.transport.gc_pause import GcPause
from spacetimedb_sdk.transport.link import Link
from spacetimedb_sdk.types import Identity
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Note
from tests.codegen.golden.conformance.fail_reducer import fail, register_on_fail, unregister_on_fail
from tests.codegen.golden.conformance.write_note_reducer import write_note
from tests.plugins.waiting import PATIENCE, until


@pytest.fixture
def client(embedded: str) -> Any:
    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings) as client:
        until(lambda: client.is_connected, client)
        yield client


def test_callbacks_of_the_connection_come_in_order_and_all_of_them_in_update(embedded: str) -> None:
    said: list[Any] = []
    main = threading.get_ident()

    def note(name: str) -> Callable[..., None]:
        return lambda *args: said.append((name, len(args), threading.get_ident() == main))

    client = SpacetimeDBClient.init(
        None, embedded, "conformance", False, bindings, note("connect"), note("disconnect"), note("identity")
    )
    assert SpacetimeDBClient.instance is client
    assert client._core.link is not None
    with GcPause() as pause:
        client._core.link.wait(PATIENCE, pause)
    assert said == []
    until(lambda: len(said) == 2, client)
    client.close()
    client.close()
    assert said == [("connect", 0, True), ("identity", 3, True), ("disconnect", 1, True)]
    client.update()


def test_update_never_waits_unless_asked_to(client: SpacetimeDBClient, mocker: MockerFixture) -> None:
    waits = mocker.spy(Link, "wait")
    for _ in range(100):
        client.update()
    assert {call.args[1] for call in waits.call_args_list} <= {0.0}
    until(lambda: waits.call_args and waits.call_args.args[1] == 0.001, lambda: client.update(timeout=0.001))


def test_update_inside_a_callback_and_from_another_thread_are_errors(client: SpacetimeDBClient) -> None:
    errors: list[Exception] = []

    def nested() -> None:
        calls: list[Callable[[], object]] = [client.update, lambda: run_in_thread(client.update, errors)]
        for call in calls:
            try:
                call()
            except ClientStateError as error:
                errors.append(error)

    client.register_on_subscription_applied(nested)
    client.subscribe([])
    until(lambda: errors, client)
    assert "inside a callback" in str(errors[0])
    assert "second thread" in str(errors[1])


def test_threads_call_reducers_at_once_and_each_call_gets_its_own_answer(client: SpacetimeDBClient) -> None:
    threads, each = 4, 150
    calls: dict[str, ReducerCall] = {}

    def call_many(thread: int) -> None:
        for number in range(each):
            text = f"thread {thread} says {number}"
            calls[text] = client.call_reducer("fail", text)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        running = [threading.Thread(target=call_many, args=(thread,)) for thread in range(threads)]
        for thread in running:
            thread.start()
        until(lambda: len(calls) == threads * each and all(call.done for call in calls.values()), client)
    finally:
        sys.setswitchinterval(interval)
    for thread in running:
        thread.join()
    assert all(call.result().message == text for text, call in calls.items())
    assert client.stats.reducer_calls == client.stats.reducer_errors == threads * each


def run_in_thread(function: Callable[[], Any], errors: list[Exception]) -> None:
    def guarded() -> None:
        try:
            function()
        except ClientStateError as error:
            errors.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()


def test_on_connect_may_subscribe_and_closing_inside_a_callback_is_fine(embedded: str) -> None:
    said: list[str] = []

    def applied() -> None:
        said.append("applied")
        SpacetimeDBClient.instance.close()

    def connected() -> None:
        SpacetimeDBClient.instance.register_on_subscription_applied(applied)
        SpacetimeDBClient.instance.subscribe(["SELECT * FROM note"])

    client = SpacetimeDBClient.init(
        None, embedded, "conformance", False, bindings, on_connect=connected, on_disconnect=said.append
    )
    until(lambda: not client.is_connected and "closed" in said, client)
    assert said == ["applied", "closed"]


def test_without_on_error_a_refused_subscription_comes_out_of_update(client: SpacetimeDBClient) -> None:
    client.subscribe(["SELECT * FROM nowhere"])
    with pytest.raises(SubscriptionError, match="`nowhere`") as caught:
        until(lambda: False, client)
    assert caught.value.queries == ("SELECT * FROM nowhere",)
    assert client.is_connected


def test_calls_that_cannot_be_made_say_what_to_do(embedded: str) -> None:
    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings) as client:
        with pytest.raises(ClientStateError, match="in on_connect or later"):
            client.call_reducer("nothing")
        until(lambda: client.is_connected, client)
        with pytest.raises(ClientStateError, match="no reducer 'no_such_reducer': there are"):
            client.call_reducer("no_such_reducer")
        with pytest.raises(TypeError, match="a list of queries"):
            client.subscribe("SELECT * FROM note")
    with pytest.raises(ClientStateError, match="closed"):
        client.call_reducer("nothing")
    with pytest.raises(ClientStateError, match="make another one"):
        client.connect(None, embedded, "conformance", False)


def test_an_own_failure_nobody_listens_to_is_a_warning(client: SpacetimeDBClient, caplog: Any) -> None:
    fail("no luck")
    until(lambda: client.stats.reducer_errors, client)
    assert "reducer fail failed: no luck" in caplog.messages


def test_stats_tell_how_far_away_the_server_is(embedded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "PING_INTERVAL", 0.05)
    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings) as client:
        until(lambda: client.is_connected, client)
        client.subscribe(["SELECT * FROM presence"])
        client.reducers.nothing().result(PATIENCE)
        until(lambda: client.stats.round_trip is not None, client)
        assert client.stats.jitter is not None

        def is_near() -> bool:
            """A machine that stands still in between is far away for a while, and its clock is another's."""
            client.reducers.nothing().result(PATIENCE)
            way, ahead = client.stats.round_trip, client.stats.clock_offset
            return way is not None and 0 < way < 2 and ahead is not None and abs(ahead) < 2

        until(is_near, client)
        until(lambda: client.stats.rows > 0, client)
        stats = client.stats
        assert stats.bytes_received > 0
        assert stats.bytes_sent > 0


def test_a_call_made_just_before_close_still_arrives(client: SpacetimeDBClient, embedded: str) -> None:
    write_note("last words")
    client.close()
    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings) as other:
        other.subscribe(["SELECT * FROM note WHERE text = 'last words'"])
        until(lambda: other.cache.table("note").rows, other)


def test_what_was_unregistered_is_not_called_any_more(client: SpacetimeDBClient) -> None:
    events: list[Any] = []
    kept: list[Any] = []
    for callback in (events.append, kept.append):
        client.register_on_event(callback)
    client.register_on_subscription_applied(applied := lambda: events.append("applied"))
    client.unregister_on_event(events.append)
    client.unregister_on_subscription_applied(applied)
    client.unregister_on_subscription_applied(applied)
    client.subscribe(["SELECT * FROM note"])
    write_note("heard by one")
    until(lambda: kept, client)
    assert events == []


def test_async_callbacks_are_refused(client: SpacetimeDBClient) -> None:
    async def callback() -> None: ...

    registers: list[Callable[[Any], object]] = [
        client.register_on_event,
        client.register_on_subscription_applied,
        Note.register_row_update,
    ]
    for register in registers:
        with pytest.raises(TypeError, match="use the async client"):
            register(callback)


def test_older_signatures_are_fitted_at_registration(client: SpacetimeDBClient) -> None:
    seen: list[Any] = []
    Note.register_row_update(lambda op, old, new: seen.append(op))  # type: ignore[arg-type,misc]
    register_on_fail(lambda caller, status, message, *args: seen.append((status, message)))
    register_on_fail(callback := lambda caller, status, text, message: seen.append((text, message)))  # type: ignore[arg-type]
    client.subscribe(["SELECT * FROM note"])
    write_note("older")
    fail("x")
    until(lambda: ("x", "x") in seen, client)
    assert "insert" in seen
    unregister_on_fail(callback)
    with pytest.raises(TypeError, match="a row callback takes"):
        Note.register_row_update(lambda new: None)  # type: ignore[arg-type,misc]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> ModuleBindings:
    """The bindings as they are before any client."""
    monkeypatch.setattr(bindings.MODULE, "_last", lambda: None)
    monkeypatch.setattr(bindings.MODULE, "row_callbacks", [])
    return bindings.MODULE


def test_without_a_client_registration_waits_and_questions_are_errors(
    fresh: ModuleBindings, embedded: str
) -> None:
    seen: list[Any] = []

    def note_came(*args: Any) -> None:
        seen.append(args)

    with pytest.raises(NoClientError, match=r"SpacetimeDBClient\.init"):
        Note.iter()
    Note.register_row_update(note_came)
    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings) as client:
        client.subscribe(["SELECT * FROM note WHERE text = 'waited'"])
        until(lambda: client.is_connected, client)
        write_note("waited")
        until(lambda: seen, client)
    Note.unregister_row_update(note_came)
    assert fresh.row_callbacks == []


def test_snapshots_are_lists_that_next_works_on(client: SpacetimeDBClient) -> None:
    applied: list[int] = []
    client.register_on_subscription_applied(lambda: applied.append(1))
    client.subscribe(["SELECT * FROM note"])
    write_note("one")
    write_note("two")
    until(lambda: {"one", "two"} <= {note.text for note in Note.iter()}, client)
    notes = Note.iter()
    assert next(notes) == notes[0]
    assert next(notes) == notes[1]
    assert sorted(notes, key=lambda note: note.text)
    found = Note.filter_by_text("one")
    assert found
    assert found[0].data == {"author": client.identity, "text": "one"}


def test_events_take_the_arguments_of_the_reference_and_of_the_old_sdk() -> None:
    me = Identity(b"\xc2" * 32)
    five = ReducerEvent(me, "add", "committed", "", [1])
    six = ReducerEvent(me, None, "add", "committed", "", [1])
    named = ReducerEvent(caller_identity=me, reducer_name="add", status="committed", message="", args=[1])
    for event in (five, six, named):
        assert (event.caller_identity, event.caller_address, event.reducer_name, event.args) == (
            me,
            None,
            "add",
            [1],
        )
    message = TransactionUpdateMessage(me, "failed", "why", "add", {"a": 1})
    assert (message.status, message.message, message.reducer_name, message.reducer) == (
        "failed",
        "why",
        "add",
        "add",
    )
    with pytest.raises(TypeError, match="lacks args"):
        ReducerEvent(me, "add", "committed", "")
    with pytest.raises(TypeError, match="unexpected argument 'colour'"):
        ReducerEvent(me, "add", "committed", "", [], colour=1)
