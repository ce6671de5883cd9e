"""The game and its bots in a world of the official Blackholio module, published on a real SpacetimeDB.

The compiled module is not part of this repository: $BLACKHOLIO_WASM names it, or several (an old and a new one, say),
separated as in $PATH.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from game.match.intent import Intent
from game.match.session import SessionState
from spacetimedb_sdk import ConnectError
from tests.e2e.official_world import World
from tests.e2e.recorded_match import DISTANCE, MASS, until_played

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

pytestmark = [pytest.mark.real_server, pytest.mark.blackholio_wasm]

MODULES = os.environ.get("BLACKHOLIO_WASM", "").split(os.pathsep)
START_MASS = 15
SPLIT_MASS = 60


@pytest.fixture(scope="module", params=MODULES, ids=lambda name: Path(name).stem)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    wasm = request.config.rootpath / request.param
    assert wasm.is_file(), f"no module at {wasm}: name it with BLACKHOLIO_WASM=FILE"
    world = World(request.config.getoption("--real-server"), wasm)
    yield world
    world.delete()


@pytest.mark.parametrize("protocol", [None, "v1", "v1.json"])
def test_a_life(world: World, protocol: str | None) -> None:
    with world.join("Zoë 🚀", protocol=protocol) as zoe:
        seen = zoe.session.world
        zoe.until_it_is(SessionState.PLAYING)
        assert zoe.session.known_name == "Zoë 🚀"
        assert (seen.size, seen.own_mass()) == (1000.0, START_MASS)
        zoe.until(lambda: len(seen.food) > 500)
        (track,) = seen.own.values()
        start = track.y
        zoe.wish(Intent(direction=(0.0, 1.0 if start < 500.0 else -1.0)))
        zoe.until(lambda: abs(track.y - start) > 50.0)
        zoe.wish(Intent(suicide=True))
        zoe.until_it_is(SessionState.DEAD)
        assert seen.death is not None
        assert seen.death.eater is None
        zoe.wish(Intent(respawn=True))
        zoe.until_it_is(SessionState.PLAYING)
        assert zoe.session.stats[2] == 0
        token, player_id = zoe.tokens[0], zoe.session.player_id
    # Of the older module the circles do not come back.
    with world.join("Zoë 🚀", token=token, protocol=protocol) as zoe:
        zoe.until_it_is(SessionState.PLAYING)
        assert zoe.session.player_id == player_id
    assert world.complaints() == []


def test_who_is_in_already_is_told_so_and_plays_on(world: World) -> None:
    with world.join("Ann") as ann:
        ann.until_it_is(SessionState.PLAYING)
        with (
            world.join("Ann", token=ann.tokens[0]) as again,
            pytest.raises(ConnectError, match="connect reducer may have refused"),
        ):
            again.until_it_is(SessionState.PLAYING)
        start = ann.session.world.own_mass()
        ann.until(lambda: ann.grazed() > start)
        assert ann.session.state is SessionState.PLAYING


def test_who_eats_grows_splits_and_is_known_to_the_eaten(world: World) -> None:
    with world.join("Hunter") as hunter, world.join("Prey") as prey:
        eats, fears = hunter.session.world, prey.session.world

        def caught() -> bool:
            for track in fears.own.values():
                hunter.head_for(track.x, track.y)
            return prey.session.state is SessionState.DEAD

        hunter.until(lambda: bool(eats.own and fears.own), prey)
        hunter.until(lambda: hunter.grazed() >= SPLIT_MASS + 10, prey)
        assert eats.account.food_eaten >= (SPLIT_MASS - START_MASS) / 3
        hunter.wish(Intent(split=True))
        hunter.until(lambda: len(eats.own) == 2, prey)
        hunter.until(caught, prey)
        assert fears.death is not None
        assert fears.names[fears.death.eater or 0] == "Hunter"
        hunter.until(lambda: eats.account.meals == 1, prey)
        hunter.until(lambda: len(eats.own) == 1, prey)
        assert eats.account.deaths == hunter.session.stats[2] == prey.session.stats[2] == 0
    assert world.complaints() == []


def test_a_headless_game_with_bots(world: World, start: Start, tmp_path: Path) -> None:
    report_path, picture, match = tmp_path / "a.json", tmp_path / "a.png", tmp_path / "a.jsonl"
    program = start(
        "play", "--server", world.server, "--database", world.database, "--name", "Ann", "--bots", "5",
        "--seed", "1", "--headless", "--screenshot", str(picture), "--report", str(report_path), "--record", str(match),
    )  # fmt: skip
    until_played(match, program)
    program.process.send_signal(signal.SIGINT)
    assert program.end() == 0, program.errors
    assert program.errors == []
    report: dict[str, Any] = json.loads(report_path.read_text())
    assert report["rows"]["food"] > 400
    assert report["rows"]["player"] == 6
    assert report["reducer_calls"] > 1
    assert report["reducer_errors"] == 0
    assert report["distance"] > 0.0
    assert report["peak_mass"] >= MASS
    assert [bot["error"] for bot in report["bots"]] == [None] * 5
    assert min(bot["distance"] for bot in report["bots"]) >= DISTANCE
    assert sum(bot["reducer_errors"] for bot in report["bots"]) == 0
    assert picture.stat().st_size > 10_000
    assert world.complaints() == []
