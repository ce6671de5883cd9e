"""The rule set `official` beside the official module: the same calls in both, tick by tick, and the rows compared.

The clocks of the real world are stopped, and its food is taken away: what is left knows no chance.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import hypot
from pathlib import Path
from typing import Any

import pytest

from game.match.intent import Intent
from game.match.session import SessionState
from game.rules.decay import circle_decay
from game.rules.movement import move_all_players
from game.rules.tables import CircleDecayTimer, DbVector2, Entity, MoveAllPlayersTimer
from spacetimedb_sdk.module import ScheduleAt, TimeDuration
from tests.e2e.official_world import Player, World
from tests.game.rules.conftest import World as Rules

pytestmark = [pytest.mark.real_server, pytest.mark.blackholio_wasm]

MODULES = os.environ.get("BLACKHOLIO_WASM", "").split(os.pathsep)
CLOCKS = ("move_all_players_timer", "spawn_food_timer", "circle_decay_timer")
TIMER = {"scheduled_id": 0, "scheduled_at": {"Interval": {"__time_duration_micros__": 50_000}}}
# Modules written in Rust reckon in f32.
TOLERANCE = 0.002

# mass, x, y
Body = tuple[int, float, float]


class Both:
    """One player, in a world of the official module and in one of the rules."""

    def __init__(self, world: World, player: Player) -> None:
        self._world, self._player = world, player
        for clock in CLOCKS:
            world.sql(f"DELETE FROM {clock}")
        world.sql("DELETE FROM food")
        (own,) = player.session.world.own
        world.sql(f"DELETE FROM entity WHERE entity_id <> {own}")
        self._rules = Rules()
        self._me = self._rules.join(1)
        ((mass, x, y),) = self.theirs()
        self._rules.only(self._me, mass=mass, x=x, y=y)

    def theirs(self) -> list[Body]:
        rows = self._world.sql("SELECT e.* FROM entity e JOIN circle c ON e.entity_id = c.entity_id")
        return sorted((mass, *position) for _, position, mass in rows)

    def ours(self) -> list[Body]:
        entities = self._rules.entities(self._me)
        return sorted((row.mass, row.position.x, row.position.y) for row in entities)

    def compare(self) -> None:
        theirs, ours = self.theirs(), self.ours()
        assert [mass for mass, *_ in ours] == [mass for mass, *_ in theirs]
        # Halves of one mass may be in either order.
        for mass, x, y in theirs:
            nearest = min(hypot(other[1] - x, other[2] - y) for other in ours if other[0] == mass)
            assert nearest < TOLERANCE, f"{theirs} there, {ours} here"

    def steer(self, x: float, y: float) -> None:
        length = max(hypot(x, y), 1.0)
        wanted = (x / length, y / length)

        def arrived() -> bool:
            self._player.wish(Intent(direction=wanted))
            rows = self._world.sql("SELECT * FROM circle")
            return all(
                hypot(direction[0] * speed - wanted[0], direction[1] * speed - wanted[1]) < 0.002
                for _, _, direction, speed, _ in rows
            )

        self._player.until(arrived)
        # What a session sends is rounded to three digits.
        self._rules.steer(1, round(wanted[0], 3), round(wanted[1], 3))

    def split(self, circles: int) -> None:
        self._player.wish(Intent(split=True, direction=self._direction()))
        self._player.until(lambda: len(self.theirs()) == circles)
        self._rules.call(1, "player_split")
        self.compare()

    def tick(self) -> None:
        self._world.call("move_all_players", TIMER)
        timer = MoveAllPlayersTimer(scheduled_id=0, scheduled_at=ScheduleAt.Interval(TimeDuration(50_000)))
        self._rules.arrange(lambda tables: move_all_players(self._rules.context(tables), timer))
        self.compare()

    def weigh(self, mass: int) -> None:
        """Give every circle that mass."""
        self._world.sql(f"UPDATE entity SET mass = {mass}")

        def work(tables: Any) -> None:
            for entity in self._rules.entities(self._me):
                tables[Entity].update(
                    entity.replace(mass=mass, position=DbVector2(entity.position.x, entity.position.y))
                )

        self._rules.arrange(work)

    def decay(self) -> None:
        self._world.call("circle_decay", TIMER)
        timer = CircleDecayTimer(scheduled_id=0, scheduled_at=ScheduleAt.Interval(TimeDuration(50_000)))
        self._rules.arrange(lambda tables: circle_decay(self._rules.context(tables), timer))
        self.compare()

    def _direction(self) -> tuple[float, float]:
        (_, _, direction, speed, _), *_ = self._world.sql("SELECT * FROM circle")
        return direction[0] * speed, direction[1] * speed


@pytest.fixture(params=MODULES, ids=lambda name: Path(name).stem)
def both(request: pytest.FixtureRequest) -> Iterator[Both]:
    wasm = request.config.rootpath / request.param
    assert wasm.is_file(), f"no module at {wasm}: name it with BLACKHOLIO_WASM=FILE"
    world = World(request.config.getoption("--real-server"), wasm)
    with world.join("Ann") as ann:
        ann.until_it_is(SessionState.PLAYING)
        yield Both(world, ann)
    world.delete()


def test_circles_go_as_far_and_stop_at_the_same_walls(both: Both) -> None:
    for x, y in ((0.3, -0.4), (3.0, 4.0), (-1.0, 0.0), (0.0, 0.0), (1.0, 0.2)):
        both.steer(x, y)
        for _ in range(3):
            both.tick()
    for _ in range(100):
        both.tick()
    for mass in (16, 200, 5000):
        both.weigh(mass)
        both.steer(-1.0, -0.2)
        both.tick()


def test_split_circles_drift_apart_as_far(both: Both) -> None:
    # Away from walls, where the one that is pushed against it is held.
    for x, y in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)):
        both.steer(x, y)
        for _ in range(8):
            both.tick()
    both.weigh(401)
    both.steer(1.0, 0.0)
    both.split(2)
    for _ in range(8):
        both.steer(1.0, 0.0)
        both.tick()
    both.steer(0.0, 0.5)
    both.split(4)
    for _ in range(8):
        both.steer(0.0, 0.5)
        both.tick()


def test_mass_melts_to_the_same_number(both: Both) -> None:
    for mass in (15, 16, 17, 99, 100, 101, 199, 250, 700, 1001, 12_345, 200_000):
        both.weigh(mass)
        both.decay()
