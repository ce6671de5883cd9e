"""The own circle over a network with a round trip of 150 ms and 30 ms of jitter: the rules in lock step, its rows late."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from math import cos, hypot, pi, sin

import pytest

import module_bindings
from game.match.tables import LocalTables
from game.match.world import World
from game.rules import module
from module_bindings import Circle, Config, DbVector2, Entity, Player
from spacetimedb_sdk import Identity, Timestamp
from spacetimedb_sdk.testing import Conditions, LockStep

FRAME, SEND = 1 / 60, 0.05
DELAY, JITTER = 0.06, 0.03
ROUND_TRIP = 2 * (DELAY + JITTER / 2)


class LateWorld:
    """A world whose rows and whose player's calls are on their way for a while."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.lock_step = LockStep(module, seed=seed)
        queries = [f"SELECT * FROM {table}" for table in ("config", "entity", "circle", "player")]
        self.player = self.lock_step.connect(module_bindings, queries)
        self.tables = LocalTables()
        self.world = World(self.tables)
        self.world.motion.round_trip = ROUND_TRIP
        self.conditions = Conditions(chance=self.chance)
        self.conditions.delay, self.conditions.jitter = DELAY, JITTER
        self.now = self.server_now = 0.0
        self.up: deque[tuple[float, tuple[float, float]]] = deque()
        self.down: deque[tuple[float, Entity]] = deque()
        self.up_last = self.down_last = self.due = 0.0
        self.player.call_reducer("enter_game", "Ann")
        self.lock_step.settle()
        db = self.player.db
        for name in ("config", "entity", "circle", "player"):
            for row in getattr(db, name).iter():
                getattr(self.tables, name).put(row)
        self.world.identity = self.player.identity
        self.world.settle()
        ((self.own, _),) = self.world.own.items()
        db.entity.on_update(self.moved)

    def close(self) -> None:
        self.lock_step.close()

    def moved(self, old: Entity, new: Entity, event: object) -> None:
        if new.entity_id == self.own:
            self.down_last = self.conditions.arrival(self.server_now, self.down_last)
            self.down.append((self.down_last, new))

    def frame(self, direction: tuple[float, float]) -> tuple[float, float]:
        """A frame in which the player wants to go this way; where the own circle is shown."""
        self.now += FRAME
        self.world.motion.wish(direction, self.now)
        if self.now >= self.due:
            self.due = self.now + SEND
            self.up_last = self.conditions.arrival(self.now, self.up_last)
            self.up.append((self.up_last, direction))
        while self.up and self.up[0][0] <= self.now:
            at, wish = self.up.popleft()
            self.run_server(at)
            self.player.call_reducer("update_player_input", DbVector2(*wish))
        self.run_server(self.now)
        self.world.begin(self.now)
        while self.down and self.down[0][0] <= self.now:
            self.tables.entity.put(self.down.popleft()[1])
        self.world.settle()
        self.world.advance(self.now)
        circle = self.world.own[self.own]
        return circle.shown_x, circle.shown_y

    def run_server(self, until: float) -> None:
        while self.server_now + 0.005 <= until:
            self.server_now += 0.005
            self.lock_step.advance(5)


@pytest.fixture
def late_world() -> Iterator[Callable[[int], LateWorld]]:
    """Makes one from a seed; its client is closed after the test, or others would not be the only one."""
    with ExitStack() as stack:
        yield lambda seed: stack.enter_context(closing(LateWorld(seed)))


def speed(mass: int) -> float:
    return 400.0 / (1.0 + math.sqrt(mass / 15))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_corrections_are_small(late_world: Callable[[int], LateWorld], seed: int) -> None:
    late = late_world(seed)
    angle, corrections = 0.7, list[float]()
    before = late.frame((0.0, 0.0))
    for number in range(20 * 60):
        # A hand on a mouse: it curves all the time, and turns sharply now and then.
        angle += late.chance.gauss(0.0, 0.03) + (
            late.chance.uniform(-pi / 2, pi / 2) if late.chance.random() < 0.01 else 0.0
        )
        x, y = before
        if not (60 < x < 940 and 60 < y < 940):
            angle = late.chance.uniform(-0.4, 0.4) + (
                pi * 1.25 if x > 500 < y else 0.75 * pi if x > 500 else -pi / 4 if y > 500 else pi / 4
            )
        direction = cos(angle), sin(angle)
        mass = late.world.own[late.own].mass
        shown = late.frame(direction)
        way = speed(mass) * FRAME
        expected = before[0] + direction[0] * way, before[1] + direction[1] * way
        if number > 120:
            corrections.append(hypot(shown[0] - expected[0], shown[1] - expected[1]))
        before = shown
    corrections.sort()
    assert corrections[int(len(corrections) * 0.95)] < 2.0
    assert corrections[len(corrections) // 2] < 0.7


def test_a_direction_shows_in_the_next_frame(late_world: Callable[[int], LateWorld]) -> None:
    late = late_world(5)
    middle = 500.0
    towards = 1.0 if late.world.own[late.own].x < middle else -1.0
    rest = late.frame((0.0, 0.0))
    first = late.frame((towards, 0.0))
    second = late.frame((towards, 0.0))
    assert (first[0] - rest[0]) * towards >= 0.0
    assert (second[0] - first[0]) * towards == pytest.approx(speed(15) * FRAME, rel=0.05)
    for _ in range(120):
        before = late.frame((towards, 0.0))
    # And so does the way back, long before the server has heard of it.
    late.frame((-towards, 0.0))
    after = late.frame((-towards, 0.0))
    assert (after[0] - before[0]) * towards < speed(15) * FRAME / 2


def test_the_picture_rests_where_the_server_has_it(late_world: Callable[[int], LateWorld]) -> None:
    late = late_world(6)
    for _ in range(90):
        late.frame((0.6, -0.8))
    for _ in range(120):
        shown = late.frame((0.0, 0.0))
    entity = late.player.db.entity.find(entity_id=late.own)
    assert entity is not None
    assert shown == pytest.approx((entity.position.x, entity.position.y), abs=0.01)


def test_at_a_wall_nothing_leads_out_and_the_way_back_shows_at_once(
    late_world: Callable[[int], LateWorld],
) -> None:
    late = late_world(7)
    for _ in range(600):
        x, _ = late.frame((-1.0, 0.0))
        radius = late.world.own[late.own].shown_radius
        assert x >= radius - 1e-6
    late.frame((1.0, 0.0))
    away = late.frame((1.0, 0.0))
    assert away[0] > x + 1.0


def test_a_server_that_does_not_follow_is_believed() -> None:
    tables = LocalTables()
    world = World(tables)
    tables.config.put(Config(0, 1000))
    me = Identity.from_string(f"{1:064x}")
    tables.player.put(Player(me, 1, "Ann"))
    tables.entity.put(Entity(1, DbVector2(500.0, 500.0), 15))
    tables.circle.put(Circle(1, 1, DbVector2(0.0, 0.0), 0.0, Timestamp(0)))
    world.identity = me
    world.settle()
    for number in range(600):
        world.motion.wish((1.0, 0.0), number * FRAME)
        world.advance(number * FRAME)
    circle = world.own[1]
    assert (circle.shown_x, circle.shown_y) == pytest.approx((500.0, 500.0), abs=0.1)
