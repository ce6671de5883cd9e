"""What a callback may do, and when it takes effect: the same on both clients."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk import ClientStateError, ConnectionState
from spacetimedb_sdk.client.requests.calls import CallOutcome
from tests.client.faces import AsyncFace, Face
from tests.codegen.golden.conformance import Note

Connect = Callable[..., Any]
NOTES = ["SELECT * FROM note"]


def unique() -> str:
    return f"n{uuid.uuid4().hex[:12]}"


def played(connect: Connect, scenario: Callable[[Face], Any], **options: Any) -> None:
    """Run `scenario` with a connected client that hears of notes."""

    async def play() -> None:
        async with connect(subscribe=NOTES, **options) as face:
            await scenario(face)

    asyncio.run(play())


def test_who_is_registered_inside_hears_of_the_next_one(connect: Connect) -> None:
    async def scenario(face: Face) -> None:
        client, log = face.client, face.log

        def newcomer(kind: str) -> Callable[..., None]:
            return lambda *_: log.append(("newcomer", kind))

        def on_row(*_: Any) -> None:
            log.append(("row",))
            client.unregister_row_update("note", on_row)
            client.register_row_update("note", newcomer("row"))

        def on_event(_: Any) -> None:
            client.unregister_on_event(on_event)
            client.register_on_event(newcomer("event"))

        def on_reducer(*_: Any) -> None:
            client.unregister_on_reducer("write_note", on_reducer)
            client.register_on_reducer("write_note", newcomer("reducer"))

        client.register_row_update("note", on_row)
        client.register_on_event(on_event)
        client.register_on_reducer("write_note", on_reducer)
        face.call("write_note", unique())
        await face.settle()
        # `settle` is a transaction of its own, without rows: newcomers to rows, events and this reducer hear nothing.
        assert log.named("row") == [("row",)]
        assert log.named("newcomer") == []
        face.call("write_note", unique())
        await face.settle()
        assert log.named("newcomer") == [("newcomer", "row"), ("newcomer", "event"), ("newcomer", "reducer")]

    played(connect, scenario)


def test_who_is_taken_back_inside_does_not_hear_of_this_one(connect: Connect) -> None:
    async def scenario(face: Face) -> None:
        client, log = face.client, face.log

        def last(*_: Any) -> None:
            log.append(("taken back",))

        def first(*_: Any) -> None:
            log.append(("first",))
            client.unregister_row_update("note", last)
            client.unregister_on_event(last)
            client.unregister_on_reducer("write_note", last)

        client.register_row_update("note", first)
        client.register_row_update("note", last)
        client.register_on_event(last)
        client.register_on_reducer("write_note", last)
        face.call("write_note", unique())
        await face.settle()
        assert log.named("first")
        assert log.named("taken back") == []

    played(connect, scenario)


def test_a_call_inside_is_answered_after_this_message_has_been_told(connect: Connect) -> None:
    async def scenario(face: Face) -> None:
        client, log = face.client, face.log
        first, second = unique(), unique()

        def on_row(op: str, old: Any, new: Any, event: Any) -> None:
            log.append(("row", new.text))
            if new.text == first:
                call = face.call("write_note", second)
                assert not call.done
                call.on_result(lambda result: log.append(("answer", result.outcome)))
                with pytest.raises(ClientStateError, match="from inside a callback"):
                    call.result(1.0)
                with pytest.raises(ClientStateError, match="from inside a callback"):
                    face.frame.update()
                log.append(("checked",))

        client.register_row_update("note", on_row)
        client.register_on_event(lambda update: log.append(("event", list(update.args))))
        face.call("write_note", first)
        await face.until(lambda: log.named("answer"))
        said = [entry for entry in log if entry[0] in ("row", "checked", "event", "answer")]
        assert said == [
            ("row", first),
            ("checked",),
            ("event", [first]),
            ("row", second),
            ("event", [second]),
            ("answer", CallOutcome.COMMITTED),
        ]

    played(connect, scenario)


def test_subscribing_inside_changes_the_rows_later_not_now(connect: Connect) -> None:
    async def scenario(face: Face) -> None:
        client, log, text = face.client, face.log, unique()
        name = unique()
        face.call("add_items", name, 2)
        await face.settle()

        def on_row(op: str, old: Any, new: Any, event: Any) -> None:
            if new is None or new.text != text:
                return
            handle = client.subscriptions.add([f"SELECT * FROM item WHERE name = '{name}1'"])
            handle.on_applied(lambda: log.append(("items", [row.name for row in client.cache.table("item")])))
            client.subscribe([f"SELECT * FROM note WHERE text = '{text}'"])
            log.append(("now", len(client.cache.table("item")), new in client.cache.table("note")))

        client.register_row_update("note", on_row)
        applied = len(log.named("applied"))
        face.call("write_note", text)
        await face.until(lambda: log.named("items"))
        assert log.named("now") == [("now", 0, True)]
        assert log.named("items") == [("items", [f"{name}1"])]
        await face.settle()
        assert len(log.named("applied")) > applied
        assert [row.text for row in client.cache.table("note")] == [text]

    played(connect, scenario)


def test_closing_inside_tells_what_had_come_and_then_closes(connect: Connect) -> None:
    async def scenario(face: Face) -> None:
        client, log = face.client, face.log
        close = face.client.force_close if isinstance(face, AsyncFace) else client.close

        def on_row(*_: Any) -> None:
            log.append(("row", client.is_connected))
            close()

        client.register_row_update("note", on_row)
        client.register_row_update("note", lambda *_: log.append(("the other",)))
        client.register_on_event(lambda _: log.append(("event",)))
        client.register_on_state(lambda state: log.append(("state", state)))
        call = face.call("write_note", unique())
        if isinstance(face, AsyncFace):
            assert face.task is not None
            await face.task
        else:
            await face.until(lambda: log.named("disconnect"))
        said = [entry for entry in log if entry[0] in ("row", "the other", "event", "state")]
        assert said == [("row", True), ("the other",), ("event",), ("state", ConnectionState.CLOSED)]
        assert call.done
        with pytest.raises(ClientStateError, match="the connection is closed"):
            face.call("nothing")
        assert len(client.cache.table("note")) > 0, "rows stay readable"

    played(connect, scenario)


def test_what_a_callback_raises_is_told_and_stops_nobody(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(face: Face) -> None:
        client, log, text = face.client, face.log, unique()

        def broken(*_: Any) -> None:
            raise RuntimeError("a bug of the program's")

        client.register_row_update("note", broken)
        client.register_row_update("note", log.noting("row"))
        registers: list[Callable[[Any], object]] = [
            client.register_on_event,
            lambda callback: client.register_on_reducer("write_note", callback),
        ]
        for register in registers:
            register(broken)
            register(log.noting("told"))
        call = face.call("write_note", text)
        call.on_result(broken)
        call.on_result(log.noting("result"))
        await face.until(lambda: log.named("result"))
        assert len(log.named("row")) == 1
        assert len(log.named("told")) == 2
        assert [note.text for note in client.cache.table("note")].count(text) == 1
        # A row's, an event's, a reducer's and a result's.
        errors = [entry[1] for entry in log.named("error")]
        assert len(errors) == 4
        assert all("a bug of the program's" in error and "broken" in error for error in errors)
        client.register_on_subscription_applied(broken)
        before = len(log.named("error"))
        client.subscribe([*NOTES, "SELECT * FROM presence"])
        await face.until(lambda: len(log.named("error")) > before)
        assert client.is_connected
        await face.settle()

    played(connect, scenario)
    assert caplog.text.count("broken raised RuntimeError") == 1, (
        "the same error is told with its traceback once"
    )


def test_a_broken_on_error_is_logged_and_not_told_itself(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def on_error(text: str) -> None:
        raise ValueError("on_error has a bug as well")

    async def scenario(face: Face) -> None:
        def broken(*_: Any) -> None:
            raise RuntimeError("the first bug")

        face.client.set_callbacks(on_error=on_error)
        face.client.register_row_update("note", broken)
        face.client.register_row_update("note", face.log.noting("row"))
        face.call("write_note", unique())
        await face.until(lambda: face.log.named("row"))
        await face.settle()

    played(connect, scenario)
    assert "the first bug" in caplog.text
    logged = [record.getMessage() for record in caplog.records]
    assert sum("on_error has a bug as well" in message for message in logged) == 1


def test_generated_functions_inside_mean_the_client_that_is_calling_back(connect: Connect) -> None:
    async def scenario(face: Face) -> None:
        log, text = face.log, unique()

        def later(*_: Any) -> None:
            log.append(("later",))

        def on_row(op: str, old: Any, new: Any, event: Any) -> None:
            Note.unregister_row_update(on_row)
            Note.register_row_update(later)
            log.append(("row", new in Note.filter_by_text(text)))

        face.client.register_row_update("note", on_row)
        face.call("write_note", text)
        await face.settle()
        assert log.named("row") == [("row", True)]
        assert log.named("later") == []
        face.call("write_note", unique())
        await face.settle()
        assert log.named("later") == [("later",)]

    played(connect, scenario)


class Unwritable(Exception):
    def __repr__(self) -> str:
        raise SystemExit(9)

    __str__ = __repr__


@pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit, Unwritable])
def test_whatever_a_callback_raises_by_mistake_the_others_hear_and_answers_come(
    connect: Connect, error: type[BaseException]
) -> None:
    async def scenario(face: Face) -> None:
        client, log = face.client, face.log

        def fails(*_: Any) -> None:
            raise error

        client.register_on_event(fails)
        client.register_on_event(log.noting("heard"))
        client.register_row_update("note", fails)
        client.register_row_update("note", log.noting("heard"))
        call = face.call("write_note", unique())
        call.on_result(fails)
        call.on_result(log.noting("answer"))
        await face.until(lambda: log.named("answer"))
        assert len(log.named("heard")) == 2
        told = [str(entry[1]) for entry in log.named("error")]
        assert len(told) == 3
        assert all(f"raised {error.__name__}" in text for text in told)

    played(connect, scenario)
