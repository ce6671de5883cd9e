"""Tanks: the rules in lock step, and the window and the bots against a server."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from spacetimedb_sdk.module import Identity
from spacetimedb_sdk.standalone import Database, Server
from tests.places import ROOT
from tests.plugins.imports import importable
from tests.plugins.waiting import until

from .conftest import GROUNDS, Home, Start, example_server

FOLDER = ROOT / "examples" / "tanks"
NAMES = ("tanks_module", "tanks", "tanks_bot", "module_bindings")
ANN, BO = Identity.from_bytes(bytes(31) + b"\x01"), Identity.from_bytes(bytes(31) + b"\x02")
TICK = 50_000


@pytest.fixture
def modules() -> Iterator[None]:
    """The example's modules can be imported."""
    with importable(FOLDER, *NAMES):
        yield


def arena() -> Server:
    return Server(importlib.import_module("tanks_module").module, database="tanks")


class World:
    """The module, in lock step."""

    def __init__(self) -> None:
        self.rules: Any = importlib.import_module("tanks_module")
        self.now = 0
        self.database = Database(self.rules.module, clock=lambda: self.now)

    def call(self, who: Identity, reducer: str, *arguments: object) -> None:
        self.database.call(reducer, *arguments, sender=who)

    def place(self, who: Identity, x: float, y: float, angle: float) -> None:
        tanks = self.database.datastore.tables[self.rules.Tank]
        self.database.change(lambda: tanks.update(self.tank(who).replace(x=x, y=y, angle=angle)), who)

    def ticks(self, count: int) -> None:
        for _ in range(count):
            self.now += TICK
            self.database.run_scheduled(self.now)

    def tank(self, who: Identity) -> Any:
        return self.database.datastore.tables[self.rules.Tank].get(who)

    def rows(self, table: str) -> list[Any]:
        return list(self.database.rows(getattr(self.rules, table)))


@pytest.fixture
def world(modules: None) -> World:
    made = World()
    made.call(ANN, "join", "Ann")
    made.call(BO, "join", "Bo")
    return made


def test_a_shell_that_meets_a_tank_scores_and_sends_it_elsewhere(world: World) -> None:
    world.place(ANN, 60.0, 400.0, 0.0)
    world.place(BO, 200.0, 400.0, 0.0)
    world.call(ANN, "control", 0.0, 0.0, True)
    world.ticks(10)
    assert (world.tank(ANN).score, world.tank(BO).deaths) == (1, 1)
    assert (world.tank(BO).x, world.tank(BO).y) != (200.0, 400.0)


def test_walls_stop_tanks_and_shells(world: World) -> None:
    left, top, _, height = world.rules.WALLS[0]
    world.place(ANN, left - 60.0, top + height / 2, 0.0)
    world.place(BO, left + 100.0, top + height / 2, 0.0)
    world.call(ANN, "control", 1.0, 0.0, True)
    world.ticks(60)
    assert world.tank(ANN).x == pytest.approx(left - world.rules.TANK, abs=8.0)
    assert world.tank(ANN).score == 0
    world.call(ANN, "control", 0.0, 0.0, False)
    world.ticks(5)
    assert world.rows("Shell") == []


def test_the_gun_is_loaded_again_after_a_while_and_no_sooner(world: World) -> None:
    world.place(ANN, 60.0, 600.0, 0.0)
    world.place(BO, 60.0, 60.0, 0.0)
    world.call(ANN, "control", 0.0, 0.0, True)
    world.ticks(11)
    assert len(world.rows("Shell")) == 1
    world.ticks(3)
    assert len(world.rows("Shell")) == 2


@pytest.mark.parametrize(
    ("reducer", "arguments"), [("join", ("  ",)), ("join", ("x" * 17,)), ("control", (math.nan, 0.0, False))]
)
def test_what_makes_no_sense_is_refused(world: World, reducer: str, arguments: tuple[object, ...]) -> None:
    before = world.tank(ANN)
    with pytest.raises(world.rules.ReducerError):
        world.call(ANN, reducer, *arguments)
    assert world.tank(ANN) == before


def test_bots_aim_at_the_nearest(world: World) -> None:
    decide = importlib.import_module("tanks_bot").decide
    world.place(ANN, 100.0, 600.0, 0.0)
    world.place(BO, 500.0, 600.0, 0.0)
    assert decide(world.tank(ANN), [world.tank(BO)]) == (1.0, 0.0, True)
    world.place(ANN, 100.0, 600.0, math.pi / 2)
    drive, turn, fires = decide(world.tank(ANN), [world.tank(BO)])
    assert (drive, turn, fires) == (0.0, -1.0, False)
    assert decide(world.tank(ANN), []) == (0.5, 0.3, False)


@pytest.fixture(params=GROUNDS)
def home(modules: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Home]:
    with example_server("tanks", monkeypatch, request) as running:
        yield running


def test_the_window_draws_what_the_tables_hold(home: Home) -> None:
    pygame = pytest.importorskip("pygame")
    window: Any = importlib.import_module("tanks")
    pygame.init()
    with window.connect(home.host, home.database, "Ann") as client:
        game, screen = window.Game(client), pygame.Surface(window.SIZE)
        until(lambda: client.is_connected and client.db.tank.count() == 1, client)
        game.draw(screen, 1.0)
        (mine,) = client.db.tank.iter()
        assert screen.get_at((int(mine.x), int(mine.y)))[:3] == window.TEXT  # the turret
        (left, top, *_), *_ = ((wall.x, wall.y) for wall in client.db.wall.iter())
        assert screen.get_at((int(left) + 20, int(top) + 20))[:3] == window.STONE
        game.steer(0.0, 1.0, True)  # round and round: some way is free
        until(lambda: client.db.shell.count() > 0, client)


def test_window_and_bots_play_in_one_arena(start: Start, modules: None) -> None:
    with arena() as server:
        rules: Any = sys.modules["tanks_module"]
        start("tanks/tanks.py", "--server", server.host, "--name", "Ann")
        start("tanks/tanks_bot.py", "--server", server.host, "--count", "2")

        def tanks() -> list[Any]:
            rows: list[Any] = server.run(lambda database: list(database.rows(rules.Tank)))
            return rows

        until(lambda: {tank.name for tank in tanks()} == {"Ann", "bot 1", "bot 2"})
        until(lambda: server.run(lambda database: list(database.rows(rules.Shell))))


@pytest.mark.parametrize("program", ["tanks.py", "tanks_bot.py"])
def test_programs_end_when_they_are_told_to(start: Start, modules: None, program: str) -> None:
    with arena() as server:
        start(f"tanks/{program}", "--server", server.host, "--seconds", "0.1").end()
