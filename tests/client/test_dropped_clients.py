"""Clients that a program drops without closing them: no socket lives on, and a warning says so."""

from __future__ import annotations

import asyncio
import gc
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk import AmbiguousClientError, SpacetimeDBAsyncClient, SpacetimeDBClient
from spacetimedb_sdk.transport.client_link import ClientLink
from tests.client.scripted import connected
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Note
from tests.plugins.waiting import PATIENCE, until

DROPPED = "was dropped while connected to 'conformance'"


def a_client(host: str) -> SpacetimeDBClient:
    client = SpacetimeDBClient.init(None, host, "conformance", False, bindings)
    until(lambda: client.is_connected, client)
    return client


def warnings_of(step: Callable[[], object]) -> list[str]:
    """What is warned of clients that `step` drops, and not of what other tests have left to the collector."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        gc.collect()
        warned.clear()
        step()
        gc.collect()
    return [text for entry in warned if DROPPED in (text := str(entry.message))]


def link_of(client: SpacetimeDBClient | SpacetimeDBAsyncClient) -> ClientLink:
    assert client._core.link is not None
    return client._core.link


def test_their_connections_are_closed(embedded: str) -> None:
    clients = [a_client(embedded) for _ in range(5)]
    links = [link_of(client) for client in clients]
    newest = clients.pop()
    assert len(warnings_of(clients.clear)) == 4
    assert all(link.join(PATIENCE) for link in links[:4])
    assert not links[4].has_ended
    newest.close()


def test_one_whose_callbacks_hold_it_is_collected_too(embedded: str) -> None:
    class Game:
        def __init__(self) -> None:
            self.client = a_client(embedded)
            self.client.set_callbacks(on_disconnect=self.lost, on_error=self.lost)
            self.client.register_on_event(self.lost)
            self.client.db.note.on_insert(self.lost)
            self.client.subscriptions.add(["SELECT * FROM note"]).on_applied(self.lost)

        def lost(self, *_: Any) -> None:
            self.client.close()

    games = [Game()]
    link, core = link_of(games[0].client), weakref.ref(games[0].client._core)
    another = a_client(embedded)
    assert len(warnings_of(games.clear)) == 1
    assert core() is None
    assert link.join(PATIENCE)
    another.close()


def test_the_one_that_instance_names_stays_open(embedded: str) -> None:
    """The reference's programs keep no other reference: `SpacetimeDBClient.instance` is theirs."""
    SpacetimeDBClient.init(None, embedded, "conformance", False, bindings)
    gc.collect()
    client = SpacetimeDBClient.instance
    until(lambda: client.is_connected, client)
    client.close()


def test_an_async_client_whose_loop_is_gone(embedded: str) -> None:
    loop = asyncio.new_event_loop()
    client = SpacetimeDBAsyncClient(bindings)
    loop.run_until_complete(client.connect(None, embedded, "conformance", False))
    link = link_of(client)
    loop.run_until_complete(client.close())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del client
        gc.collect()
    loop.close()
    assert link.has_ended


def test_one_that_was_closed_is_dropped_without_a_word() -> None:
    client, _ = connected()
    client.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del client
        gc.collect()


def test_a_cell_that_is_run_again_replaces_its_client(embedded: str) -> None:
    names = {"client": a_client(embedded)}
    old = link_of(names["client"])

    def cell() -> None:
        names["client"] = a_client(embedded)

    assert len(warnings_of(cell)) == 1
    assert list(Note.iter()) == [], "the new one alone is open"
    assert old.join(PATIENCE)
    names["client"].close()


def test_an_older_client_that_something_holds_is_named(embedded: str) -> None:
    older, newer = a_client(embedded), a_client(embedded)
    with pytest.raises(AmbiguousClientError, match="notebook cell with init"):
        Note.iter()
    older.close()
    assert list(Note.iter()) == []
    newer.close()
