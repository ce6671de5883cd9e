"""The world behind the menus."""

from __future__ import annotations

from game.match.world import World
from game.presentation.demo_world import DemoWorld


def places(world: World) -> dict[int, tuple[float, float, int]]:
    return {key: (track.x, track.y, track.mass) for key, track in world.circles.items()}


def test_circles_wander_eat_and_stay_within() -> None:
    world = World()
    show = DemoWorld(world)
    before = places(world)
    food = len(world.food)
    flights = 0
    for step in range(60 * 20):
        show.update(1.0 + step / 20)
        world.advance(1.0 + step / 20)
        flights += len(world.flights)
    after = places(world)
    assert after.keys() == before.keys()
    assert sum(after[key] != before[key] for key in before) == len(before)
    assert len(world.food) == food
    assert flights > 0
    assert all(100 < x < 900 and 100 < y < 900 for x, y, _ in after.values())


def test_a_long_gap_is_not_made_up_for() -> None:
    world = World()
    show = DemoWorld(world)
    show.update(1.0)
    before = places(world)
    show.update(4000.0)
    after = places(world)
    assert max(abs(after[key][0] - before[key][0]) for key in before) < 10.0


def test_the_same_seed_wanders_the_same_way() -> None:
    worlds = World(), World()
    for world in worlds:
        show = DemoWorld(world, seed=3)
        for step in range(100):
            show.update(step / 20)
    assert places(worlds[0]) == places(worlds[1])
