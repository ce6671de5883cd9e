"""A world under the test's own clock: nothing waits, and the same seed and calls give the same."""

from __future__ import annotations

import time
from typing import Any

import pytest

import module_bindings
from game.rules import module as blackholio
from spacetimedb_sdk import ConnectError, ConnectionState
from spacetimedb_sdk.module import Module, ReducerContext, ReducerError
from spacetimedb_sdk.testing import LockStep
from spacetimedb_sdk.types import Identity
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Vector2
from tests.conformance.conformance_module import module

EVERYTHING = ["SELECT * FROM item", "SELECT * FROM note"]


def rows(client: Any, table: str) -> list[Any]:
    return sorted(client.cache.table(table), key=repr)


def test_clients_see_what_each_other_do_once_they_settle(lock_step: Any) -> None:
    world = lock_step(module)
    ann, bo = world.connect(bindings, EVERYTHING), world.connect(bindings, EVERYTHING)
    told: list[Any] = []
    bo.register_row_update(
        "note", lambda op, old, new, event: told.append((op, new.text, event.reducer_name))
    )
    ann.call_reducer("write_note", "hello")
    world.settle()
    assert told == [("insert", "hello", "write_note")]
    assert rows(ann, "note") == rows(bo, "note")
    assert [note.author for note in rows(bo, "note")] == [ann.identity]


def test_timers_run_at_their_times_and_no_time_is_waited(lock_step: Any) -> None:
    world = lock_step(module)
    client = world.connect(bindings, ["SELECT * FROM tick_count"])
    client.call_reducer("tick_every", "slow", 1000)
    world.settle()
    began = time.monotonic()
    assert world.advance(999) == 0
    assert world.advance(1) == 1
    assert world.advance(600_000) == 600
    assert time.monotonic() - began < 601  # what the timers were advanced by
    (count,) = client.cache.table("tick_count")
    assert count.ticks == 601


def test_callbacks_that_call_reducers_settle_too(lock_step: Any) -> None:
    world = lock_step(module)
    client = world.connect(bindings, EVERYTHING)

    def follow(op: str, old: Any, new: Any, event: Any) -> None:
        if new is not None and len(client.cache.table("note")) < 5:
            client.call_reducer("write_note", f"{new.text}+")

    client.register_row_update("note", follow)
    client.call_reducer("write_note", "a")
    world.settle()
    assert [note.text for note in rows(client, "note")] == ["a", "a+", "a++", "a+++", "a++++"]


def test_a_closed_client_leaves_the_world(lock_step: Any) -> None:
    world = lock_step(module)
    watcher = world.connect(bindings, ["SELECT * FROM presence"])
    leaver = world.connect(bindings)
    world.settle()
    assert len(watcher.cache.table("presence")) == 2
    leaver.close()
    world.settle()
    assert leaver.state is ConnectionState.CLOSED
    assert [row.identity for row in watcher.cache.table("presence") if row.online] == [watcher.identity]


def test_the_same_seed_and_calls_give_the_same_world() -> None:
    def play(seed: int) -> list[Any]:
        with LockStep(blackholio, seed=seed) as world:
            queries = [f"SELECT * FROM {table}" for table in ("entity", "circle", "food", "player")]
            client = world.connect(module_bindings, queries, identity=Identity(b"\x07" * 32))
            client.call_reducer("enter_game", "Ann")
            client.call_reducer("update_player_input", module_bindings.DbVector2(1.0, 0.5))
            world.advance(2_000)
            return [rows(client, table) for table in ("entity", "circle", "food", "player")]

    first = play(3)
    assert first == play(3)
    assert first != play(4)
    assert all(first)


def test_vectors_move(lock_step: Any) -> None:
    world = lock_step(module)
    client = world.connect(bindings, EVERYTHING)
    client.call_reducer("add_item", "sword", bindings.Colour.Red, 1, Vector2(1.0, 2.0))
    world.settle()
    (item,) = client.cache.table("item")
    client.call_reducer("move_item", item.item_id, Vector2(3.0, 4.0))
    world.settle()
    assert client.cache.table("item").rows[item.item_id].position == Vector2(3.0, 4.0)


def test_a_module_that_refuses_a_client_says_so() -> None:
    closed = Module("closed")

    @closed.client_connected
    def refuse(ctx: ReducerContext) -> None:
        raise ReducerError("members only")

    with LockStep(closed) as world, pytest.raises(ConnectError, match="refused"):
        world.connect(bindings)
