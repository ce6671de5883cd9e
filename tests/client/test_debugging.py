"""What the log says of a program's mistakes: repeated errors always, slow and forgotten things in the debug mode."""

from __future__ import annotations

from typing import Any

import pytest

from spacetimedb_sdk.client.debugging import FORGOTTEN_UPDATE, UNSUBSCRIBED_READ, DebugMode, is_asked_for
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.testing import ScriptedTransport
from spacetimedb_sdk.types import TimeDuration
from tests.client.scripted import FakeClock, connected
from tests.client.test_query_sets import committed, frame, notes, sent
from tests.codegen.golden.conformance import Item, Note


def watched(clock: FakeClock, **options: Any) -> tuple[SpacetimeDBClient, ScriptedTransport]:
    """A client with its notes, in the debug mode."""
    client, transport = connected(clock=clock, **{"debug": True} | options)
    client.subscribe(["SELECT * FROM note"])
    request_id = sent(transport)[-1].request_id
    transport.link.receive(frame(v1.InitialSubscription(notes("first"), request_id, TimeDuration(0))))
    client.update()
    return client, transport


def said(caplog: pytest.LogCaptureFixture, logger: str = "spacetimedb_sdk.debug") -> list[str]:
    return [record.message for record in caplog.records if record.name == logger]


def test_an_error_over_a_thousand_rows_is_told_once_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, transport = watched(FakeClock(), debug=False)
    told: list[str] = []
    client.set_callbacks(on_error=told.append)

    def broken(op: str, old: Any, new: Any, event: Any) -> None:
        raise ValueError(new.text)

    client.register_row_update("note", broken)
    transport.link.receive(frame(committed(0, *(f"text {number}" for number in range(1000)))))
    client.update()
    assert len(told) == 1000
    records = [record for record in caplog.records if record.name == "spacetimedb_sdk.callbacks"]
    assert [bool(record.exc_info) for record in records] == [True, False, False, False]
    assert [record.message.split(" times")[0].split()[-1] for record in records[1:]] == ["10", "100", "1000"]
    client.close()


def test_other_errors_of_the_same_callback_have_tracebacks_of_their_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, transport = watched(FakeClock(), debug=False)

    def broken(op: str, old: Any, new: Any, event: Any) -> None:
        if new.text == "a":
            raise ValueError("one place")
        raise ValueError("another")

    client.register_row_update("note", broken)
    transport.link.receive(frame(committed(0, "a", "b", "c")))
    client.update()
    records = [record for record in caplog.records if record.name == "spacetimedb_sdk.callbacks"]
    assert ["one place" in record.message for record in records] == [True, False]
    assert all(record.exc_info for record in records)
    client.close()


@pytest.mark.parametrize("debug", [True, False])
def test_a_slow_callback_is_named(debug: bool, caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    client, transport = watched(clock, debug=debug)
    told: list[str] = []

    def draws_everything_anew(op: str, old: Any, new: Any, event: Any) -> None:
        told.append(new.text)
        clock.time += 1.5

    client.register_row_update("note", draws_everything_anew)
    client.register_on_event(lambda _: told.append("quick"))
    transport.link.receive(frame(committed(0, "a", "b")))
    client.update()
    assert told == ["a", "b", "quick"]
    assert len(said(caplog)) == (2 if debug else 0)
    assert all("draws_everything_anew took 1500 ms" in line for line in said(caplog))
    client.close()


def test_an_update_that_does_not_come_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    client, transport = watched(clock)
    debug = client._core.dispatcher.debug
    assert isinstance(debug, DebugMode)
    clock.time += FORGOTTEN_UPDATE
    debug.look()
    assert said(caplog) == [], "nothing waits"
    transport.link.receive(frame(committed(0, "a")))
    debug.look()
    debug.look()
    (line,) = said(caplog)
    assert "update() has not been called for 2.0 s and 1 messages wait" in line
    client.update()
    clock.time += FORGOTTEN_UPDATE
    transport.link.receive(frame(committed(0, "b")))
    debug.look()
    assert len(said(caplog)) == 2
    client.close()


def test_a_table_that_is_read_and_never_subscribed_to_is_named(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    client, _ = watched(clock)
    assert Note.filter_by_text("first")
    assert list(Item.iter()) == []
    assert client.db.tick_count.count() == 0
    client.update()
    assert said(caplog) == []
    clock.time += UNSUBSCRIBED_READ
    client.update()
    client.update()
    lines = said(caplog)
    assert [line.split()[1] for line in lines] == ["item", "tick_count"]
    assert "SELECT * FROM item" in lines[0]
    client.close()


def test_everything_subscribed_is_subscribed(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    client, _ = watched(clock)
    client.subscriptions.add(["SELECT * FROM *"])
    list(Item.iter())
    clock.time += UNSUBSCRIBED_READ
    client.update()
    assert said(caplog) == []
    client.close()


def test_the_environment_asks_for_it_unless_the_program_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACETIMEDB_DEBUG", raising=False)
    assert not is_asked_for(None)
    assert is_asked_for(True)
    for value, asked in (("1", True), ("true", True), ("0", False), ("", False), ("no", False)):
        monkeypatch.setenv("SPACETIMEDB_DEBUG", value)
        assert is_asked_for(None) is asked
    monkeypatch.setenv("SPACETIMEDB_DEBUG", "1")
    assert not is_asked_for(False)
    client, _ = watched(FakeClock(), debug=None)
    assert client._core.dispatcher.debug is not None
    client.close()


def test_the_typed_way_reads_the_tables_alone_that_a_program_reads(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    client, _ = watched(clock)
    typed = client.db
    for name in ("item", "note", "presence", "scalar"):
        getattr(typed, name)  # as the generated class of the tables does
    list(typed.item.iter())
    typed.presence.on_insert(lambda row, event: None)
    client.update()
    clock.time += UNSUBSCRIBED_READ
    client.update()
    assert [line.split()[1] for line in said(caplog)] == ["item", "presence"]
    client.close()
