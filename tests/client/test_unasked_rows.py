"""Rows that were never asked for: whatever the subprotocol, they are left out with one warning, and the client goes on."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from spacetimedb_sdk import ConnectionState
from tests.client.scripted_servers import NOTES, V1JsonServer, V1Server, V2Server, V3Server, texts

NEVER = 77
SERVERS = {kind.protocol: kind for kind in (V1Server, V1JsonServer, V2Server, V3Server)}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Any:
    server = SERVERS[request.param]()
    yield server
    server.client.close()


def check(server: V1Server, caplog: pytest.LogCaptureFixture, *rows: str) -> None:
    """These rows are there, the client goes on, and one line says what was left out."""
    assert texts(server) == list(rows)
    assert server.client.state is ConnectionState.CONNECTED
    assert [record.levelno for record in caplog.records] == [logging.WARNING], caplog.text
    assert "the server sent" in caplog.text
    assert "left out" in caplog.text


def test_rows_of_a_set_that_was_never_asked_for(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    applied: list[bool] = []
    server.client.register_on_subscription_applied(lambda: applied.append(True))
    for _ in range(3):
        server.applied(NEVER, "never")
        server.initial(NEVER, "never")
    check(server, caplog)
    assert not applied


def test_a_second_initial_set(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    server.client.subscribe(NOTES)
    asked = server.asked()
    server.initial(asked, "one")
    for _ in range(3):
        server.initial(asked, "two")
    check(server, caplog, "one")


def test_a_handles_rows_come_once(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    handle = server.client.subscriptions.add(NOTES)
    server.applied(server.asked(), "one")
    assert handle.applied
    assert not caplog.records
    for _ in range(3):
        server.applied(handle.query_id or 0, "one")
    handle.unsubscribe()
    server.removed(server.asked(), handle.query_id or 0, "one")
    check(server, caplog)


def test_a_set_ends_once_and_only_when_it_was_given_up(
    server: V1Server, caplog: pytest.LogCaptureFixture
) -> None:
    handle = server.client.subscriptions.add(NOTES)
    server.applied(server.asked(), "one")
    for _ in range(3):
        server.removed(NEVER, handle.query_id or 0, "one")
    check(server, caplog, "one")


def test_changes_while_nothing_is_subscribed_to(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        server.changed(NEVER, "never")
    check(server, caplog)


def test_changes_go_on_after_what_was_left_out(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    server.applied(NEVER, "never")
    server.client.subscribe(NOTES)
    asked = server.asked()
    server.initial(asked, "one")
    server.changed(asked, "two")
    check(server, caplog, "one", "two")


@pytest.mark.parametrize("kind", [V2Server, V3Server])
def test_changes_of_a_query_set_that_there_is_not(
    kind: type[V2Server], caplog: pytest.LogCaptureFixture
) -> None:
    server = kind()
    server.client.subscribe(NOTES)
    asked = server.asked()
    server.initial(asked, "one")
    for _ in range(3):
        server.changed(NEVER, "never")
    check(server, caplog, "one")
    server.changed(asked, "two")
    assert texts(server) == ["one", "two"]
    server.client.close()


@pytest.mark.parametrize("kind", [V2Server, V3Server])
def test_changes_of_a_query_set_that_has_ended(
    kind: type[V2Server], caplog: pytest.LogCaptureFixture
) -> None:
    server = kind()
    server.client.subscribe(NOTES)
    server.initial(server.asked(), "one")
    handle = server.client.subscriptions.add(NOTES)
    query_id = server.asked()
    server.applied(query_id, "one")
    handle.unsubscribe()
    server.removed(server.asked(), query_id, "one")
    assert not caplog.records
    server.changed(query_id, "late")
    check(server, caplog, "one")
    server.client.close()


def test_rows_that_came_before_the_end_of_the_last_set_are_told(
    server: V1Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What decodes is ahead of the program: it has met the end already when the program takes up the rows before it."""
    told: list[tuple[str, str]] = []
    handle = server.client.subscriptions.add(NOTES)
    asked = server.asked()
    server.applied(asked, "one")
    server.client.register_row_update(
        "note", lambda op, old, new, _event: told.append((op, (new or old).text))
    )
    handle.unsubscribe()
    with monkeypatch.context() as held:
        held.setattr(server.client, "update", lambda: None)
        server.changed(asked, "two")
    server.removed(server.asked(), asked, "one", "two")
    assert told == [("insert", "two"), ("delete", "one"), ("delete", "two")]
    assert (texts(server), caplog.records) == ([], [])
