"""What onlookers are told: one public transaction a tick, and an event for each meal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from game.rules.tables import ConsumeEntityEvent
from spacetimedb_sdk.standalone.engine.calls import Transaction

if TYPE_CHECKING:
    from tests.game.rules.conftest import World

PUBLIC = {"config", "entity", "circle", "player", "food", "consume_entity_event"}


def record(world: World) -> list[Transaction]:
    """Every transaction from now on."""
    seen: list[Transaction] = []
    world.db.on_commit = seen.append
    return seen


def public(transactions: list[Transaction]) -> list[tuple[str, set[str]]]:
    """Reducer and public tables of each transaction that changes any."""
    found = [
        (each.call.name, {change.store.name for change in each.changes} & PUBLIC) for each in transactions
    ]
    return [(name, tables) for name, tables in found if tables]


def test_inputs_of_all_players_reach_the_public_in_one_transaction_of_the_tick(world: World) -> None:
    for number in range(1, 6):
        world.only(world.join(number), mass=15, x=100.0 * number, y=500.0)
    seen = record(world)
    for number in range(1, 6):
        world.steer(number, 0.0, 1.0)
    assert public(seen) == []
    world.tick()
    assert public(seen) == [("move_all_players", {"circle", "entity"})]


def test_a_world_at_rest_tells_nothing(world: World) -> None:
    world.only(world.join(1), mass=15, x=500.0, y=500.0)
    seen = record(world)
    world.tick(5)
    assert public(seen) == []


def test_unchanged_input_changes_no_circle(world: World) -> None:
    world.only(world.join(1), mass=15, x=500.0, y=500.0)
    world.steer(1, 0.0, 1.0)
    world.tick()
    seen = record(world)
    world.steer(1, 0.0, 1.0)
    world.tick()
    assert public(seen) == [("move_all_players", {"entity"})]


def test_each_meal_is_one_transaction_with_one_event(world: World) -> None:
    player = world.join(1)
    eater = world.only(player, mass=100, x=500.0, y=500.0)
    meals = [world.put_food(mass=3, x=500.0, y=500.0 + offset) for offset in (-5.0, 5.0)]
    seen = record(world)
    world.tick()
    assert public(seen) == [("consume_entity", {"entity", "food", "consume_entity_event"})] * 2
    events = [
        row
        for each in seen
        for change in each.changes
        if change.store.name == "consume_entity_event"
        for row in change.inserts
    ]
    assert events == [ConsumeEntityEvent(consumed_entity_id=meal, consumer_entity_id=eater) for meal in meals]
    assert world.db.rows(ConsumeEntityEvent) == []
